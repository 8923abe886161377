/* SPDX-License-Identifier: ISC */
#include "gate.h"

#include <strings.h>

#define TARGET_MAX 2048

enum {                  /* of RFC 9110 and RFC 3986 */
	TOKEN = 1,      /* tchar */
	UNRESERVED = 2, /* never escaped in a path */
	PCHAR = 4,      /* may stand in a path as it is */
	HOST = 8,
	DIGIT = 16
};

/* GCC's and clang's range designators keep the table readable; everything
 * else here is C11. */
__extension__ static const uint8_t kind[256] = {
	['0' ... '9'] = TOKEN | UNRESERVED | PCHAR | HOST | DIGIT,
	['A' ... 'Z'] = TOKEN | UNRESERVED | PCHAR | HOST,
	['a' ... 'z'] = TOKEN | UNRESERVED | PCHAR | HOST,
	['-'] = TOKEN | UNRESERVED | PCHAR | HOST,
	['.'] = TOKEN | UNRESERVED | PCHAR | HOST,
	['_'] = TOKEN | UNRESERVED | PCHAR | HOST,
	['~'] = TOKEN | UNRESERVED | PCHAR,
	['!'] = TOKEN | PCHAR,
	['$'] = TOKEN | PCHAR,
	['&'] = TOKEN | PCHAR,
	['\''] = TOKEN | PCHAR,
	['*'] = TOKEN | PCHAR,
	['+'] = TOKEN | PCHAR,
	['('] = PCHAR,
	[')'] = PCHAR,
	[','] = PCHAR,
	[';'] = PCHAR,
	['='] = PCHAR,
	['@'] = PCHAR,
	[':'] = PCHAR | HOST,
	['['] = HOST,
	[']'] = HOST,
	['#'] = TOKEN,
	['%'] = TOKEN,
	['^'] = TOKEN,
	['`'] = TOKEN,
	['|'] = TOKEN,
};

static bool
all(struct span s, uint8_t what)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!(kind[s.p[i]] & what))
			return false;
	}
	return s.n > 0;
}

static bool
same(struct span s, const char *text)
{
	return s.n == strlen(text) &&
	       strncasecmp((const char *)s.p, text, s.n) == 0;
}

static bool
method_known(struct span m)
{
	static const char *const known[] = { "GET", "HEAD", "POST", "PUT",
		"PATCH", "DELETE", "OPTIONS" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (span_is(m, known[i]))
			return true;
	}
	return false;
}

/* The value of two hex digits, -1 when they are none.  In a path only upper
 * case is plain. */
static int
escape(struct span s, size_t at, bool in_path)
{
	int v = 0;

	if (s.n - at < 3)
		return -1;
	for (size_t i = at + 1; i < at + 3; i++) {
		uint8_t c = s.p[i];

		if (c >= '0' && c <= '9') {
			v = v * 16 + c - '0';
		} else if (c >= 'A' && c <= 'F') {
			v = v * 16 + c - 'A' + 10;
		} else if (c >= 'a' && c <= 'f' && !in_path) {
			v = v * 16 + c - 'a' + 10;
		} else {
			return -1;
		}
	}
	return v;
}

/* One spelling a path, so that nobody in front of us can see another path
 * than we do. */
static bool
path_plain(struct span s)
{
	size_t segment = 1; /* where the segment begins */

	if (s.n == 0 || s.p[0] != '/')
		return false;
	for (size_t i = 1; i <= s.n; i++) {
		size_t n = i - segment;
		int v;

		if (i == s.n || s.p[i] == '/') {
			if (n == 0 && i != s.n)
				return false;
			if (n > 0 && n <= 2 && s.p[segment] == '.' &&
			    s.p[i - 1] == '.')
				return false;
			segment = i + 1;
		} else if (s.p[i] == '%') {
			v = escape(s, i, true);
			if (v < 0x20 || v == 0x7f || v == '/' || v == '\\' ||
			    kind[v] & UNRESERVED)
				return false;
			i += 2;
		} else if (!(kind[s.p[i]] & PCHAR)) {
			return false;
		}
	}
	return true;
}

static bool
query_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (escape(s, i, false) <= 0)
				return false;
			i += 2;
		} else if (!(kind[s.p[i]] & PCHAR) && s.p[i] != '/' &&
			   s.p[i] != '?') {
			return false;
		}
	}
	return true;
}

static bool
target_plain(struct span t)
{
	const uint8_t *mark = t.n ? memchr(t.p, '?', t.n) : NULL;
	size_t path = mark ? (size_t)(mark - t.p) : t.n;

	return t.n <= TARGET_MAX && path_plain(span_of(t.p, path)) &&
	       (!mark || query_plain(span_of(mark + 1, t.n - path - 1)));
}

static bool
value_clean(struct span v)
{
	for (size_t i = 0; i < v.n; i++) {
		if ((v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	}
	return true;
}

/* Headers that decide something, so that a second one would make two readers
 * disagree. */
enum single {
	SINGLE_HOST,
	SINGLE_LENGTH,
	SINGLE_CODING,
	SINGLE_EXPECT,
	SINGLE_OTHER, /* the rest is only counted */
	SINGLE_COUNT = 10
};

#define NAME(text) \
	{ \
		text, sizeof(text) - 1 \
	}
static const struct {
	const char *text;
	size_t n;
} single_name[SINGLE_COUNT] = { NAME("Host"), NAME("Content-Length"),
	NAME("Transfer-Encoding"), NAME("Expect"), NAME("Authorization"),
	NAME("Content-Type"), NAME("If-None-Match"), NAME("Idempotency-Key"),
	NAME("X-Request-Id"), NAME("Content-Encoding") };
#undef NAME

/* Its place in the table, or SINGLE_COUNT. */
static size_t
single_find(struct span name)
{
	size_t k = 0;

	while (k < SINGLE_COUNT && (name.n != single_name[k].n ||
				       strncasecmp((const char *)name.p,
					   single_name[k].text, name.n) != 0))
		k++;
	return k;
}

static bool
single_fits(enum single which, struct span v, bool http11)
{
	switch (which) {
	case SINGLE_HOST:
		return v.n <= 255 && all(v, HOST);
	case SINGLE_LENGTH:
		return v.n <= 18 && all(v, DIGIT);
	case SINGLE_CODING:
		return http11 && same(v, "chunked");
	case SINGLE_EXPECT:
		return same(v, "100-continue");
	case SINGLE_OTHER:
	case SINGLE_COUNT:
		break;
	}
	return true;
}

static enum err
headers_check(const struct gate_request *g, bool http11)
{
	bool seen[SINGLE_COUNT] = { false };

	for (size_t i = 0; i < g->n; i++) {
		const struct gate_header *h = &g->header[i];
		size_t k;

		if (!all(h->name, TOKEN) || !value_clean(h->value))
			return ERR_HTTP_HEADER;
		k = single_find(h->name);
		if (k == SINGLE_COUNT)
			continue;
		if (seen[k] || !single_fits(k < SINGLE_OTHER ? (enum single)k
							     : SINGLE_OTHER,
				   h->value, http11))
			return ERR_HTTP_HEADER;
		seen[k] = true;
	}
	if ((http11 && !seen[SINGLE_HOST]) ||
	    (seen[SINGLE_LENGTH] && seen[SINGLE_CODING]))
		return ERR_HTTP_HEADER;
	return OK;
}

enum err
gate_check(const struct gate_request *g)
{
	bool http11 = span_is(g->version, "HTTP/1.1");

	if (!http11 && !span_is(g->version, "HTTP/1.0"))
		return ERR_HTTP_BAD;
	if (!method_known(g->method))
		return ERR_HTTP_BAD;
	if (!target_plain(g->target))
		return ERR_HTTP_TARGET;
	return headers_check(g, http11);
}
