// SPDX-License-Identifier: GPL-2.0-only
/*
 * In static programs, in place of GnuTLS, of which Debian has no archive: what its libmicrohttpd refers to. Nobody gets as far as to need it: http_open()
 * refuses a certificate first. gnutls_global_init() alone is called always; the rest says that it failed, or that there is nothing.
 */
#include <stddef.h>
#include "http/parts.h"

/* One prototype for all of them: what they return is no more than an int or a pointer, and nobody reads what they are given. */
#define ABSENT(name, ret) long gnutls_##name(void); long gnutls_##name(void) { return ret; }

enum { FAILED = -50 };		/* GNUTLS_E_INVALID_REQUEST */

ABSENT(alpn_set_protocols, FAILED)
ABSENT(bye, 0)
ABSENT(certificate_allocate_credentials, FAILED)
ABSENT(certificate_free_credentials, 0)
ABSENT(certificate_server_set_request, 0)
ABSENT(certificate_set_dh_params, 0)
ABSENT(certificate_set_retrieve_function2, 0)
ABSENT(certificate_set_retrieve_function3, 0)
ABSENT(certificate_set_x509_key_mem, FAILED)
ABSENT(certificate_set_x509_key_mem2, FAILED)
ABSENT(certificate_set_x509_trust_mem, FAILED)
ABSENT(cipher_get, 0)
ABSENT(credentials_set, FAILED)
ABSENT(deinit, 0)
ABSENT(dh_params_deinit, 0)
ABSENT(dh_params_import_pkcs3, FAILED)
ABSENT(dh_params_init, FAILED)
ABSENT(global_deinit, 0)
ABSENT(global_init, 0)
ABSENT(handshake, FAILED)
ABSENT(init, FAILED)
ABSENT(priority_deinit, 0)
ABSENT(priority_init, FAILED)
ABSENT(priority_set, FAILED)
ABSENT(protocol_get_version, 0)
ABSENT(psk_allocate_server_credentials, FAILED)
ABSENT(psk_free_server_credentials, 0)
ABSENT(psk_set_server_credentials_function, 0)
ABSENT(record_check_pending, 0)
ABSENT(record_get_direction, 0)
ABSENT(record_recv, FAILED)
ABSENT(record_send, FAILED)
ABSENT(session_get_ptr, 0)
ABSENT(session_set_ptr, 0)
ABSENT(transport_set_int2, 0)

/* A variable in GnuTLS. */
extern void *(*gnutls_malloc)(size_t);
void *(*gnutls_malloc)(size_t);
const char *gnutls_strerror(int code);
const char *gnutls_strerror(int code) { (void)code; return "this program has no TLS"; }

bool http_has_tls(void) { return false; }
