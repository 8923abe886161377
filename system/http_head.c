/* SPDX-License-Identifier: ISC */
#include "http_head.h"

#include <microhttpd.h>

#include "raw.h"

struct headers {
	struct gate_header *h;
	size_t n;
	bool too_many;
};

static enum MHD_Result
on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
    const char *value, size_t value_n)
{
	struct headers *to = cls;

	(void)kind;
	if (to->n == HTTP_HEAD_MAX) {
		to->too_many = true;
		return MHD_NO;
	}
	to->h[to->n++] = (struct gate_header){ span_of(name, name_n),
		span_of(value ? value : "", value_n) };
	return MHD_YES;
}

static void
trim(struct headers *to)
{
	for (size_t i = 0; i < to->n; i++) {
		struct span *v = &to->h[i].value;

		while (
		    v->n && (v->p[v->n - 1] == ' ' || v->p[v->n - 1] == '\t'))
			v->n--;
	}
}

enum err
http_head_judge(struct MHD_Connection *mhd, const char *method,
    const char *version, const char *target_at, struct span target,
    struct http_head *h)
{
	struct headers to = { .h = h->header };
	const union MHD_ConnectionInfo *size = MHD_get_connection_info(mhd,
	    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct raw raw = { method, version, target_at, target.n,
		size ? size->header_size : 0 };
	bool plain;

	MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, on_header, &to);
	plain = raw_plain(&raw, to.h, to.n);
	trim(&to);
	h->request = (struct gate_request){ span_str(method), target,
		span_str(version), to.h, to.n };
	if (!plain || to.too_many)
		return ERR_HTTP_BAD;
	return gate_check(&h->request);
}
