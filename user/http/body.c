// SPDX-License-Identifier: GPL-2.0-only
/* Answers, with the heads that all of them have. */
#include <stdlib.h>
#include "http/parts.h"

/* A page of ours may load what is ours, and nothing else, and send forms to us; nobody may frame it, guess types, or keep it. */
static const struct { const char *name, *value; } heads[] = {
	{ "Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
	  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
};

static bool add_heads(struct MHD_Response *r, const char *type)
{
	if (MHD_add_response_header(r, "Content-Type", type) != MHD_YES)
		return false;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (MHD_add_response_header(r, heads[i].name, heads[i].value) != MHD_YES)
			return false;
	return true;
}

static struct http_body *body_of(struct MHD_Response *r, const char *type)
{
	struct http_body *body = r ? calloc(1, sizeof(*body)) : NULL;

	if (!body || !add_heads(r, type)) {
		free(body);
		if (r)
			MHD_destroy_response(r);
		return NULL;
	}
	body->r = r;
	body->refs = 1;
	return body;
}

struct http_body *http_body_new(const char *type, struct strbuf *text)
{
	struct MHD_Response *r = NULL;

	if (!text->failed)
		r = MHD_create_response_from_buffer(text->len, text->s ? text->s : (char *)"", text->s ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!r)
		strbuf_free(text);
	*text = (struct strbuf){ 0 };
	return body_of(r, type);
}

struct http_body *http_body_of(const char *type, const void *bytes, size_t len)
{
	return body_of(MHD_create_response_from_buffer(len, (void *)bytes, MHD_RESPMEM_PERSISTENT), type);
}

struct http_body *http_body_ref(struct http_body *body)
{
	body->refs++;
	return body;
}

void http_body_unref(struct http_body *body)
{
	if (!body || --body->refs)
		return;
	MHD_destroy_response(body->r);
	free(body);
}
