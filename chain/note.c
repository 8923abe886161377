/* SPDX-License-Identifier: ISC */
#include "note.h"

#include <sodium/utils.h>

#include "curve.h"
#include "hash.h"
#include "text.h"

#define DASH "\xe2\x80\x94 " /* U+2014 and a space */
#define VARIANT sodium_base64_VARIANT_ORIGINAL
#define ID 4 /* bytes of a key id */
#define SIG_MAX 72

/* All of s, of which the first cap bytes go to b and *n counts all.  libsodium
 * refuses spare bits and missing padding, but not a second end, and it takes
 * bytes above 0x7f for a plus or a slash. */
static bool
unbase64(struct span s, uint8_t *b, size_t cap, size_t *n)
{
	uint8_t three[3];
	size_t got = 3;

	*n = 0;
	if (s.n % 4 != 0 || !text_is_line(s))
		return false;
	for (size_t i = 0; i < s.n; i += 4) {
		const char *p = (const char *)s.p + i, *end;

		if (got != 3 ||
		    sodium_base642bin(three, sizeof three, p, 4, NULL, &got,
			&end, VARIANT) != 0 ||
		    end != p + 4)
			return false;
		for (size_t k = 0; k < got; k++, (*n)++) {
			if (*n < cap)
				b[*n] = three[k];
		}
	}
	return true;
}

bool
note_unbase64(struct span s, uint8_t *b, size_t n)
{
	size_t have;

	return unbase64(s, b, n, &have) && have == n;
}

void
note_base64(struct out *o, struct span s)
{
	char text[65];

	for (size_t i = 0; i < s.n; i += 48) {
		size_t n = s.n - i < 48 ? s.n - i : 48;

		sodium_bin2base64(text, sizeof text, s.p + i, n, VARIANT);
		out_put(o, text, strlen(text));
	}
}

/* White_Space of Unicode, what is not a control character. */
static bool
is_space(uint32_t v)
{
	return v == 0x20 || v == 0x85 || v == 0xa0 || v == 0x1680 ||
	       (v >= 0x2000 && v <= 0x200a) || v == 0x2028 || v == 0x2029 ||
	       v == 0x202f || v == 0x205f || v == 0x3000;
}

/* A key's name in a note whose characters were looked at. */
static bool
is_name(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t v = text_scalar(s, &i);

		if (v == '+' || is_space(v))
			return false;
	}
	return s.n > 0;
}

static bool
is_note_text(struct span s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t v = text_scalar(s, &i);

		if (v == UINT32_MAX || (v < 0x20 && v != '\n'))
			return false;
	}
	return true;
}

static uint32_t
id_of(const uint8_t b[ID])
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

static void
put_id(uint8_t b[ID], uint32_t id)
{
	b[0] = (uint8_t)(id >> 24), b[1] = (uint8_t)(id >> 16);
	b[2] = (uint8_t)(id >> 8), b[3] = (uint8_t)id;
}

/* One line without its newline. */
static enum err
decode_line(struct span s, struct note_signature *g)
{
	size_t dash = strlen(DASH), n;
	const uint8_t *space;
	uint8_t id[ID];

	if (s.n < dash || memcmp(s.p, DASH, dash) != 0)
		return ERR_NOTE;
	s = span_of(s.p + dash, s.n - dash);
	space = s.n ? memchr(s.p, ' ', s.n) : NULL;
	if (!space)
		return ERR_NOTE;
	g->name = span_of(s.p, (size_t)(space - s.p));
	g->base64 = span_of(space + 1, s.n - g->name.n - 1);
	if (!is_name(g->name) || !unbase64(g->base64, id, ID, &n) || n <= ID)
		return ERR_NOTE;
	g->id = id_of(id);
	return OK;
}

/* Behind the last empty line; 0 where there is none. */
static size_t
lines_at(struct span s)
{
	for (size_t i = s.n; i >= 2; i--) {
		if (s.p[i - 1] == '\n' && s.p[i - 2] == '\n')
			return i;
	}
	return 0;
}

enum err
note_decode(struct span s, struct note *note)
{
	size_t at = lines_at(s);

	if (s.n > NOTE_MAX)
		return ERR_TOO_LARGE;
	if (at == 0 || at == s.n || s.p[s.n - 1] != '\n' || !is_note_text(s))
		return ERR_NOTE;
	note->text = span_of(s.p, at - 1);
	note->n = 0;
	while (at < s.n) {
		const uint8_t *line = s.p + at;
		const uint8_t *end = memchr(line, '\n', s.n - at);
		size_t n = (size_t)(end - line);

		if (note->n == NOTE_SIGNATURES)
			return ERR_NOTE;
		TRY(decode_line(span_of(line, n), &note->signature[note->n++]));
		at += n + 1;
	}
	return OK;
}

enum err
note_find(const struct note *note, const struct note_key *k, size_t want,
    uint8_t *sig, const struct note_signature **line)
{
	uint8_t b[ID + SIG_MAX];

	*line = NULL;
	for (size_t i = 0; i < note->n; i++) {
		const struct note_signature *g = &note->signature[i];

		if (g->id != k->id || !span_eq(g->name, k->name))
			continue;
		if (*line)
			return ERR_NOTE;
		*line = g;
	}
	if (!*line)
		return OK;
	if (want > SIG_MAX)
		return ERR_INTERNAL;
	if (!note_unbase64((*line)->base64, b, ID + want))
		return ERR_NOTE;
	memcpy(sig, b + ID, want);
	return OK;
}

void
note_sign_line(struct out *o, const struct note_key *k, struct span sig)
{
	uint8_t b[ID + SIG_MAX];

	if (sig.n > SIG_MAX) {
		o->full = true;
		return;
	}
	put_id(b, k->id);
	memcpy(b + ID, sig.p, sig.n);
	out_put(o, DASH, strlen(DASH));
	out_put(o, k->name.p, k->name.n);
	out_put(o, " ", 1);
	note_base64(o, span_of(b, ID + sig.n));
	out_put(o, "\n", 1);
}

enum err
note_key_make(struct note_key *k, struct span name, enum note_type type,
    const uint8_t public[32])
{
	uint8_t buf[NOTE_NAME + 2 + 32];
	struct out o = out_of(buf, sizeof buf);
	uint8_t line[2] = { '\n', (uint8_t)type };
	struct h32 h;

	if (name.n > NOTE_NAME || !text_is_line(name) || !is_name(name) ||
	    (type != NOTE_ED25519 && type != NOTE_COSIGNATURE))
		return ERR_VKEY;
	out_put(&o, name.p, name.n);
	out_put(&o, line, sizeof line);
	out_put(&o, public, 32);
	TRY(hash_sha256(out_span(&o), &h));
	k->name = name;
	k->id = id_of(h.b);
	k->type = type;
	memcpy(k->public.b, public, sizeof k->public.b);
	return OK;
}

enum err
note_vkey_shape(struct span s, struct note_key *k)
{
	const uint8_t *plus = s.n ? memchr(s.p, '+', s.n) : NULL;
	uint8_t key[1 + 32];
	struct span name, rest;
	struct out again;
	uint8_t buf[NOTE_VKEY_MAX];

	if (!plus || s.n > NOTE_VKEY_MAX)
		return ERR_VKEY;
	name = span_of(s.p, (size_t)(plus - s.p));
	rest = span_of(plus + 1, s.n - name.n - 1);
	if (rest.n <= 2 * ID + 1 ||
	    !note_unbase64(span_of(rest.p + 2 * ID + 1, rest.n - 2 * ID - 1),
		key, sizeof key))
		return ERR_VKEY;
	TRY(note_key_make(k, name, (enum note_type)key[0], key + 1));
	again = out_of(buf, sizeof buf);
	note_vkey_encode(&again, k);
	/* so the id is the right one, in its one spelling */
	return !again.full && span_eq(out_span(&again), s) ? OK : ERR_VKEY;
}

enum err
note_vkey_decode(struct span s, struct note_key *k)
{
	TRY(note_vkey_shape(s, k));
	return curve_check(CURVE_ED25519, h32_span(&k->public)) == OK
		   ? OK
		   : ERR_VKEY;
}

void
note_vkey_encode(struct out *o, const struct note_key *k)
{
	uint8_t id[ID], key[1 + 32];

	put_id(id, k->id);
	key[0] = (uint8_t)k->type;
	memcpy(key + 1, k->public.b, 32);
	out_put(o, k->name.p, k->name.n);
	out_put(o, "+", 1);
	text_hex(o, span_of(id, ID));
	out_put(o, "+", 1);
	note_base64(o, span_of(key, sizeof key));
}
