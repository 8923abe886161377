/* SPDX-License-Identifier: ISC */
#include "outside.h"

#include <netinet/in.h>

#define URL_MAX 2000

struct block {
	uint8_t at[16];
	uint8_t bits;
};

/* RFC 6890 and its registries: what is not the public Internet. */
static const struct block four[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 31, 196 }, 24 },
	{ { 192, 52, 193 }, 24 },
	{ { 192, 88, 99 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 192, 175, 48 }, 24 },
	{ { 198, 18 }, 15 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 4 },
	{ { 240 }, 4 },
};

/* Only 2000::/3 is given out at all; this is what is special within. */
static const struct block six[] = {
	{ { 0x20, 0x01 }, 23 },                   /* protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },       /* documentation */
	{ { 0x20, 0x02 }, 16 },                   /* 6to4 */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80 }, 48 }, /* AS112 */
	{ { 0x3f, 0xff }, 20 },                   /* documentation */
	{ { 0x3f, 0xfe }, 16 },                   /* 6bone */
};

static bool
within(const struct block *b, const uint8_t *p)
{
	size_t whole = b->bits / 8;
	uint8_t mask = (uint8_t)(0xff00 >> b->bits % 8);

	return memcmp(b->at, p, whole) == 0 &&
	       (b->bits % 8 == 0 || ((b->at[whole] ^ p[whole]) & mask) == 0);
}

static bool
four_public(const uint8_t *p)
{
	for (size_t i = 0; i < sizeof four / sizeof *four; i++)
		if (within(&four[i], p))
			return false;
	return true;
}

/* IPv4 behind a prefix of IPv6 is refused as a whole but for NAT64's
 * well-known one, behind which the public Internet may be reached. */
static bool
six_public(const uint8_t *p)
{
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(p, nat64, sizeof nat64) == 0)
		return four_public(p + 12);
	if ((p[0] & 0xe0) != 0x20)
		return false;
	for (size_t i = 0; i < sizeof six / sizeof *six; i++)
		if (within(&six[i], p))
			return false;
	return true;
}

/* The bytes of the address; an IPv4 address that is mapped into IPv6 is what
 * it is. */
static struct span
bytes_of(const struct sockaddr *a, size_t n, uint8_t b[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa_family == AF_INET && n >= sizeof v4) {
		memcpy(&v4, a, sizeof v4);
		memcpy(b, &v4.sin_addr, 4);
		return span_of(b, 4);
	}
	if (a->sa_family != AF_INET6 || n < sizeof v6)
		return span_of(b, 0);
	memcpy(&v6, a, sizeof v6);
	memcpy(b, &v6.sin6_addr, 16);
	if (memcmp(b, mapped, 12) != 0)
		return span_of(b, 16);
	memmove(b, b + 12, 4);
	return span_of(b, 4);
}

bool
outside_public(const struct sockaddr *a, size_t n)
{
	uint8_t b[16];
	struct span s = bytes_of(a, n, b);

	return s.n == 4 ? four_public(b) : s.n == 16 && six_public(b);
}

bool
outside_named(const struct networks *w, const struct sockaddr *a, size_t n)
{
	uint8_t b[16];
	struct span s = bytes_of(a, n, b);

	return s.n && network_has(w, s);
}

bool
outside_url(struct span url, bool plain)
{
	size_t begin = url.n > 8 && memcmp(url.p, "https://", 8) == 0 ? 8
		       : plain && url.n > 7 && memcmp(url.p, "http://", 7) == 0
			   ? 7
			   : 0;
	bool path = false;

	if (begin == 0 || url.n > URL_MAX || url.p[begin] == '/' ||
	    url.p[begin] == '?' || url.p[begin] == ':')
		return false;
	for (size_t i = begin; i < url.n; i++) {
		uint8_t c = url.p[i];

		if (c <= ' ' || c > '~' || c == '#' || c == '\\' || c == '"' ||
		    c == '<' || c == '>' || c == '^' || c == '`' || c == '{' ||
		    c == '|' || c == '}')
			return false;
		path |= c == '/' || c == '?';
		if (c == '@' && !path)
			return false;
	}
	return true;
}
