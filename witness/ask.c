/* SPDX-License-Identifier: ISC */
#include "ask.h"

#include "chain/note.h"

#define SIZE_LIMIT (UINT64_C(1) << 53)

/* The next line without its newline. */
static bool
line(struct span *rest, struct span *l)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (end == NULL)
		return false;
	*l = span_of(rest->p, (size_t)(end - rest->p));
	*rest = span_of(end + 1, rest->n - l->n - 1);
	return true;
}

static bool
decimal(struct span s, uint64_t *v)
{
	*v = 0;
	if (s.n == 0 || s.n > 16 || (s.p[0] == '0' && s.n > 1))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*v = *v * 10 + (uint64_t)(s.p[i] - '0');
	}
	return *v < SIZE_LIMIT;
}

static bool
old_size(struct span l, uint64_t *v)
{
	return l.n > 4 && memcmp(l.p, "old ", 4) == 0 &&
	       decimal(span_of(l.p + 4, l.n - 4), v);
}

enum err
ask_decode(struct span body, struct ask *a)
{
	struct span l;

	a->n = 0;
	if (!line(&body, &l) || !old_size(l, &a->old))
		return ERR_WITNESS_BODY;
	for (;;) {
		if (!line(&body, &l))
			return ERR_WITNESS_BODY;
		if (l.n == 0)
			break;
		if (a->n == MERKLE_PROOF ||
		    !note_unbase64(l, a->proof[a->n].b, sizeof a->proof->b))
			return ERR_WITNESS_BODY;
		a->n++;
	}
	a->note = body;
	return OK;
}
