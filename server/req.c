/* SPDX-License-Identifier: ISC */
#include "req.h"

#include "chain/text.h"

static bool
unhex(uint8_t c, uint8_t *v)
{
	if (c >= '0' && c <= '9') {
		*v = (uint8_t)(c - '0');
	} else if (c >= 'A' && c <= 'F') {
		*v = (uint8_t)(c - 'A' + 10);
	} else if (c >= 'a' && c <= 'f') {
		*v = (uint8_t)(c - 'a' + 10);
	} else {
		return false;
	}
	return true;
}

/* Percent escapes and nothing else: '+' stays a plus. */
static enum err
decode(struct arena *a, struct span raw, struct span *value)
{
	struct out o = arena_out(a, raw.n + 1);

	for (size_t i = 0; i < raw.n; i++) {
		uint8_t c = raw.p[i], high, low;

		if (c == '%') {
			if (raw.n - i < 3 || !unhex(raw.p[i + 1], &high) ||
			    !unhex(raw.p[i + 2], &low))
				return ERR_QUERY_BAD;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		out_put(&o, &c, 1);
	}
	if (o.full || !o.p)
		return ERR_OUT_OF_MEMORY;
	*value = out_span(&o);
	return OK;
}

/* Takes the next name=value off *query; false at its end. */
static bool
next_pair(struct span *query, struct span *name, struct span *value)
{
	const uint8_t *amp, *is;
	size_t n;

	if (query->n == 0)
		return false;
	amp = memchr(query->p, '&', query->n);
	n = amp ? (size_t)(amp - query->p) : query->n;
	is = n ? memchr(query->p, '=', n) : NULL;
	*name = span_of(query->p, is ? (size_t)(is - query->p) : n);
	*value = is ? span_of(is + 1, n - name->n - 1) : span_of("", 0);
	query->p += n + (amp ? 1 : 0);
	query->n -= n + (amp ? 1 : 0);
	return true;
}

enum err
req_query(struct req *r, const char *name, bool *found, struct span *value)
{
	struct span query = r->query, key, raw;

	*found = false;
	while (next_pair(&query, &key, &raw)) {
		if (!span_is(key, name))
			continue;
		if (*found)
			return ERR_QUERY_BAD;
		*found = true;
		TRY(decode(r->arena, raw, value));
	}
	return OK;
}

enum err
req_query_uint(struct req *r, const char *name, uint64_t min, uint64_t max,
    uint64_t dflt, uint64_t *value)
{
	struct span s = { 0 };
	uint64_t v = 0;
	bool found;

	TRY(req_query(r, name, &found, &s));
	*value = dflt;
	if (!found)
		return OK;
	if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
		return ERR_QUERY_BAD;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t digit = (uint8_t)(s.p[i] - '0');

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return ERR_QUERY_BAD;
		v = v * 10 + digit;
	}
	if (v < min || v > max)
		return ERR_QUERY_BAD;
	*value = v;
	return OK;
}

enum err
req_query_only(struct req *r, const char *const *names)
{
	struct span query = r->query, key, raw;

	while (next_pair(&query, &key, &raw)) {
		size_t i = 0;

		while (names[i] && !span_is(key, names[i]))
			i++;
		if (!names[i])
			return ERR_QUERY_BAD;
	}
	return OK;
}

enum err
req_arg_h32(const struct req *r, size_t i, struct h32 *h)
{
	struct span s = r->arg[i];

	for (size_t k = 0; k < s.n; k++) {
		if (s.p[k] >= 'A' && s.p[k] <= 'F')
			return ERR_NOT_FOUND;
	}
	return text_unhex(s, h->b, sizeof h->b) ? OK : ERR_NOT_FOUND;
}
