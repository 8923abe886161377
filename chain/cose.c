/* SPDX-License-Identifier: ISC */
#include "cose.h"

#include "hash.h"
#include "loose.h"

#define COSE_SIGN1_TAG 18

static const uint8_t es384[] = { 0xa1, 0x01, 0x38, 0x22 }; /* { 1: -35 } */

/* The one tag that may stand there, if any does. */
static enum err
read_tag(struct loose *c)
{
	if (!loose_is(c, LOOSE_TAG))
		return OK;
	if (*c->p != (LOOSE_TAG << 5 | COSE_SIGN1_TAG))
		return ERR_DOC_TAG;
	c->p++;
	return OK;
}

static enum err
read_headers(struct loose *c, struct cose *s)
{
	struct loose_seq map;

	TRY(loose_string(c, LOOSE_BYTES, ERR_DOC_ALG, &s->protected));
	if (!span_eq(s->protected, span_of(es384, sizeof es384)))
		return ERR_DOC_ALG;
	TRY(loose_open(c, LOOSE_MAP, ERR_DOC_UNPROTECTED, &map));
	c->depth++;
	return map.indefinite || map.left ? ERR_DOC_UNPROTECTED : OK;
}

enum err
cose_parse(struct span doc, struct cose *s)
{
	struct loose c = loose_of(doc);
	struct loose_seq four;

	TRY(read_tag(&c));
	TRY(loose_open(&c, LOOSE_ARRAY, ERR_DOC_SHAPE, &four));
	if (four.indefinite || four.left != 4)
		return ERR_DOC_SHAPE;
	TRY(read_headers(&c, s));
	TRY(loose_string(&c, LOOSE_BYTES, ERR_DOC_PAYLOAD, &s->payload));
	if (s->payload.n == 0 || s->payload.n > COSE_PAYLOAD_MAX)
		return ERR_DOC_PAYLOAD;
	TRY(loose_string(&c, LOOSE_BYTES, ERR_DOC_SIG_LENGTH, &s->signature));
	if (s->signature.n != P384_SIG)
		return ERR_DOC_SIG_LENGTH;
	return c.p == c.end ? OK : ERR_DOC_TRAILING;
}

/* The head of a byte string of at most COSE_PAYLOAD_MAX bytes. */
static struct span
bytes_head(size_t n, uint8_t b[3])
{
	if (n < 24) {
		b[0] = (uint8_t)(0x40 | n);
		return span_of(b, 1);
	}
	if (n < 0x100) {
		b[0] = 0x58;
		b[1] = (uint8_t)n;
		return span_of(b, 2);
	}
	b[0] = 0x59;
	b[1] = (uint8_t)(n >> 8);
	b[2] = (uint8_t)n;
	return span_of(b, 3);
}

enum err
cose_verify(const struct cose *s, const uint8_t point[P384_POINT])
{
	/* Sig_structure: context, protected, no external_aad, payload. */
	static const uint8_t begin[] = "\x84\x6aSignature1\x44\xa1\x01\x38\x22"
				       "\x40";
	uint8_t head[3], digest[P384_SIZE];
	struct span parts[] = { { begin, sizeof begin - 1 },
		bytes_head(s->payload.n, head), s->payload };

	TRY(hash_sha384(parts, 3, digest));
	return p384_verify(point, digest, s->signature.p) ? OK : ERR_DOC_SIG;
}
