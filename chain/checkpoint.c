/* SPDX-License-Identifier: ISC */
#include "checkpoint.h"

#include "cbor.h"
#include "curve.h"

#define ED25519_SIG 64

/* Takes a line off the front of *s, which ends with a newline or is empty.
 * An empty line and no line are false. */
static bool
take_line(struct span *s, struct span *line)
{
	const uint8_t *end = s->n ? memchr(s->p, '\n', s->n) : NULL;

	if (!end || end == s->p)
		return false;
	*line = span_of(s->p, (size_t)(end - s->p));
	*s = span_of(end + 1, s->n - line->n - 1);
	return true;
}

/* Decimal without leading zeros, at most CBOR_UINT_MAX. */
static bool
read_size(struct span s, uint64_t *v)
{
	if (s.n > 16 || (s.n > 1 && s.p[0] == '0'))
		return false;
	*v = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (uint64_t)(s.p[i] - '0');
	}
	return *v <= CBOR_UINT_MAX;
}

static void
put_decimal(struct out *o, uint64_t v)
{
	uint8_t b[20];
	size_t i = sizeof b;

	do
		b[--i] = (uint8_t)('0' + v % 10);
	while ((v /= 10) > 0);
	out_put(o, b + i, sizeof b - i);
}

enum err
checkpoint_decode(struct span s, struct checkpoint *c)
{
	struct span rest, size, root, line;

	TRY(note_decode(s, &c->note));
	rest = c->note.text;
	if (!take_line(&rest, &c->origin) || !take_line(&rest, &size) ||
	    !take_line(&rest, &root) || !read_size(size, &c->size) ||
	    !note_unbase64(root, c->root.b, sizeof c->root.b))
		return ERR_CHECKPOINT;
	c->extension = rest;
	while (rest.n > 0) {
		if (!take_line(&rest, &line))
			return ERR_CHECKPOINT;
	}
	return OK;
}

void
checkpoint_text(struct out *o, struct span origin, uint64_t size,
    const struct h32 *root)
{
	out_put(o, origin.p, origin.n);
	out_put(o, "\n", 1);
	put_decimal(o, size);
	out_put(o, "\n", 1);
	note_base64(o, h32_span(root));
	out_put(o, "\n", 1);
}

void
checkpoint_cosigned(struct out *o, uint64_t seconds, struct span text)
{
	static const char head[] = "cosignature/v1\ntime ";

	out_put(o, head, sizeof head - 1);
	put_decimal(o, seconds);
	out_put(o, "\n", 1);
	out_put(o, text.p, text.n);
}

enum err
checkpoint_genuine(const struct h32 *key, uint64_t seconds, struct span text,
    struct span sig)
{
	uint8_t buf[CHECKPOINT_COSIGNED_MAX];
	struct out o = out_of(buf, sizeof buf);

	if (seconds > 0) {
		checkpoint_cosigned(&o, seconds, text);
		if (o.full)
			return ERR_TOO_LARGE;
		text = out_span(&o);
	}
	if (curve_verify(CURVE_ED25519, h32_span(key), text, sig) == OK)
		return OK;
	return seconds > 0 ? ERR_COSIGNATURE : ERR_CHECKPOINT_SIG;
}

enum err
checkpoint_verify(const struct checkpoint *c, const struct note_key *log)
{
	const struct note_signature *line;
	uint8_t sig[ED25519_SIG];

	if (log->type != NOTE_ED25519)
		return ERR_VKEY;
	TRY(note_find(&c->note, log, sizeof sig, sig, &line));
	if (!line)
		return ERR_CHECKPOINT_SIG;
	return checkpoint_genuine(&log->public, 0, c->note.text,
	    span_of(sig, sizeof sig));
}

enum err
checkpoint_cosignature(const struct checkpoint *c,
    const struct note_key *witness, uint64_t *seconds, uint8_t sig[64])
{
	const struct note_signature *line;
	uint8_t b[CHECKPOINT_COSIG];
	uint64_t v = 0;

	*seconds = 0;
	if (witness->type != NOTE_COSIGNATURE)
		return ERR_VKEY;
	TRY(note_find(&c->note, witness, sizeof b, b, &line));
	if (!line)
		return OK;
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | b[i];
	if (v == 0 || v > INT64_MAX)
		return ERR_NOTE;
	*seconds = v;
	memcpy(sig, b + 8, ED25519_SIG);
	return OK;
}

enum err
checkpoint_cosigned_by(const struct checkpoint *c,
    const struct note_key *witness, uint64_t *seconds)
{
	uint8_t sig[ED25519_SIG];

	TRY(checkpoint_cosignature(c, witness, seconds, sig));
	if (*seconds == 0)
		return OK;
	return checkpoint_genuine(&witness->public, *seconds, c->note.text,
	    span_of(sig, sizeof sig));
}
