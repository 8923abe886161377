/* SPDX-License-Identifier: ISC */
#include "admit.h"

#include <stdlib.h>

#define FAMILIES 64
#define ID_N 64

struct row {
	char name[NOTE_NAME + 1];
	uint8_t public[32];
};

struct admit {
	struct row *log; /* by name */
	size_t n, cap;
	struct row family[FAMILIES];
	size_t families;
};

enum err
admit_make(struct admit **a)
{
	*a = calloc(1, sizeof **a);
	return *a ? OK : ERR_OUT_OF_MEMORY;
}

void
admit_free(struct admit *a)
{
	if (a)
		free(a->log);
	free(a);
}

static void
row_fill(struct row *r, const struct note_key *k)
{
	memset(r->name, 0, sizeof r->name);
	memcpy(r->name, k->name.p, k->name.n);
	memcpy(r->public, k->public.b, sizeof r->public);
}

/* The first row whose name is not less. */
static size_t
lower(const struct admit *a, struct span name)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (span_cmp(span_str(a->log[mid].name), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
row_is(const struct admit *a, size_t i, struct span name)
{
	return i < a->n && span_is(name, a->log[i].name);
}

static enum err
more(struct admit *a)
{
	size_t cap = a->cap ? a->cap * 2 : 16;
	struct row *p;

	if (a->n < a->cap)
		return OK;
	p = realloc(a->log, cap * sizeof *p);
	if (p == NULL)
		return ERR_OUT_OF_MEMORY;
	a->log = p;
	a->cap = cap;
	return OK;
}

enum err
admit_log(struct admit *a, struct span vkey)
{
	struct note_key k;
	size_t at, n = 0;

	TRY(note_vkey_decode(vkey, &k));
	if (k.type != NOTE_ED25519 || k.name.n > NOTE_NAME)
		return ERR_VKEY;
	at = lower(a, k.name);
	for (; row_is(a, at + n, k.name); n++)
		if (memcmp(a->log[at + n].public, k.public.b, 32) == 0)
			return OK;
	if (n == ADMIT_EACH)
		return ERR_TOO_LARGE;
	TRY(more(a));
	memmove(a->log + at + 1, a->log + at, (a->n - at) * sizeof *a->log);
	row_fill(&a->log[at], &k);
	a->n++;
	return OK;
}

/* The key in its one form, by way of its vkey. */
static enum err
family_key(struct span text, struct note_key *k, uint8_t *room, size_t cap)
{
	const uint8_t *plus = text.n ? memchr(text.p, '+', text.n) : NULL;
	struct out o = out_of(room, cap);
	uint8_t public[32];
	struct span name, base64;

	if (plus == NULL)
		return ERR_VKEY;
	name = span_of(text.p, (size_t)(plus - text.p));
	base64 = span_of(plus + 1, text.n - name.n - 1);
	if (name.n + 1 + ID_N > NOTE_NAME ||
	    !note_unbase64(base64, public, sizeof public))
		return ERR_VKEY;
	TRY(note_key_make(k, name, NOTE_ED25519, public));
	note_vkey_encode(&o, k);
	return o.full ? ERR_VKEY : note_vkey_decode(out_span(&o), k);
}

enum err
admit_prefix(struct admit *a, struct span text)
{
	uint8_t room[NOTE_VKEY_MAX];
	struct note_key k;
	size_t n = 0;

	TRY(family_key(text, &k, room, sizeof room));
	for (size_t i = 0; i < a->families; i++) {
		if (!span_is(k.name, a->family[i].name))
			continue;
		if (memcmp(a->family[i].public, k.public.b, 32) == 0)
			return OK;
		n++;
	}
	if (n == ADMIT_EACH)
		return ERR_TOO_LARGE;
	if (a->families == FAMILIES)
		return ERR_TOO_LARGE;
	row_fill(&a->family[a->families++], &k);
	return OK;
}

static bool
after(struct span l, const char *word, struct span *rest)
{
	size_t n = strlen(word);

	if (l.n <= n || memcmp(l.p, word, n) != 0)
		return false;
	*rest = span_of(l.p + n, l.n - n);
	return true;
}

enum err
admit_lines(struct admit *a, struct span text, size_t *line)
{
	for (*line = 1; text.n; (*line)++) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		struct span rest,
		    l = span_of(text.p, end ? (size_t)(end - text.p) : text.n);

		if (after(l, "log ", &rest))
			TRY(admit_log(a, rest));
		else if (after(l, "prefix ", &rest))
			TRY(admit_prefix(a, rest));
		else if (l.n && l.p[0] != '#')
			return ERR_CONFIG_BAD;
		text = span_of(text.p + l.n, text.n - l.n);
		if (end)
			text = span_of(text.p + 1, text.n - 1);
	}
	return OK;
}

size_t
admit_count(const struct admit *a)
{
	return a->n + a->families;
}

static bool
is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
			(s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == ID_N;
}

/* The name of the family that the origin is of, if there is one. */
static bool
family_of(struct span origin, struct span *name)
{
	size_t n;

	if (origin.n < ID_N + 2)
		return false;
	n = origin.n - ID_N - 1;
	*name = span_of(origin.p, n);
	return origin.p[n] == '/' && is_id(span_of(origin.p + n + 1, ID_N));
}

size_t
admit_find(const struct admit *a, struct span origin, struct note_key *key)
{
	struct span name;
	size_t n = 0;

	for (size_t i = lower(a, origin); row_is(a, i, origin); i++)
		if (note_key_make(&key[n], origin, NOTE_ED25519,
			a->log[i].public) == OK)
			n++;
	if (!family_of(origin, &name))
		return n;
	for (size_t i = 0; i < a->families; i++)
		if (span_is(name, a->family[i].name) &&
		    note_key_make(&key[n], origin, NOTE_ED25519,
			a->family[i].public) == OK)
			n++;
	return n;
}
