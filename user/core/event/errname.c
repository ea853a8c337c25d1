/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/event/errname.h"
#include <errno.h>
#include <stddef.h>

static const struct { int err; const char *name, *text; } names[] = {
	{ 0, "ok", "success" },
#define E(x, text) { x, #x, text }
	E(EADDRINUSE, "Address already in use"), E(EADDRNOTAVAIL, "Cannot assign requested address"),
	E(EACCES, "Permission denied"), E(EPERM, "Operation not permitted"), E(EINVAL, "Invalid argument"),
	E(EAFNOSUPPORT, "Address family not supported by protocol"), E(ENETUNREACH, "Network is unreachable"),
	E(EHOSTUNREACH, "No route to host"), E(ECONNREFUSED, "Connection refused"), E(ECONNRESET, "Connection reset by peer"),
	E(ECONNABORTED, "Software caused connection abort"), E(ETIMEDOUT, "Connection timed out"),
	E(EISCONN, "Transport endpoint is already connected"), E(EALREADY, "Operation already in progress"),
	E(EINPROGRESS, "Operation now in progress"), E(EAGAIN, "Resource temporarily unavailable"), E(EINTR, "Interrupted system call"),
	E(EBADF, "Bad file descriptor"), E(EFAULT, "Bad address"), E(ENOTSOCK, "Socket operation on non-socket"),
	E(EOPNOTSUPP, "Operation not supported"), E(ENODEV, "No such device"), E(ENOBUFS, "No buffer space available"),
	E(ENOMEM, "Cannot allocate memory"), E(ENETDOWN, "Network is down"), E(EHOSTDOWN, "Host is down"),
	E(ENOENT, "No such file or directory"), E(EPROTOTYPE, "Protocol wrong type for socket"), E(EIO, "Input/output error"),
#undef E
};

const char *errname(int err)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].name;
	return NULL;
}

const char *errtext(int err)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].err == err)
			return names[i].text;
	return NULL;
}
