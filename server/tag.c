/* SPDX-License-Identifier: ISC */
#include "tag.h"

#include <stdio.h>

#include "chain/text.h"

static const char *
hex(const struct h32 *h, char text[65])
{
	struct out o = out_of(text, 65);

	text_hex(&o, h32_span(h));
	return text;
}

void
tag_head(struct reply *r, const struct chain_view *v, const char *suffix)
{
	char head[65];

	/* 32 digits of the head: there is room for a suffix then. */
	snprintf(r->etag, sizeof r->etag, "\"%.*s%s\"", *suffix ? 32 : 64,
	    hex(&v->head, head), suffix);
}

void
tag_entries(struct reply *r, const struct chain_view *v, uint64_t seq,
    uint64_t n, const char *suffix)
{
	char chain[65];

	snprintf(r->etag, sizeof r->etag, "\"%.16s.%llu.%llu%s\"",
	    hex(&v->chain, chain), (unsigned long long)seq,
	    (unsigned long long)n, suffix);
}
