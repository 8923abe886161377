/* SPDX-License-Identifier: ISC */
#include "network.h"

#include <stdlib.h>

#include <arpa/inet.h>

#define TEXT 64

/* The first bits of both are the same. */
static bool
same(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	uint8_t mask = (uint8_t)(0xff00 >> bits % 8);

	return memcmp(a, b, bits / 8) == 0 &&
	       (bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0);
}

static bool
rest_is_zero(const uint8_t *at, unsigned n, unsigned bits)
{
	static const uint8_t zero[16];
	uint8_t left[16];

	if (bits == 8 * n)
		return true;
	memcpy(left, at, n);
	left[bits / 8] &= (uint8_t)(0xff >> bits % 8);
	return memcmp(left + bits / 8, zero, n - bits / 8) == 0;
}

static bool
read_bits(const char *text, unsigned most, uint8_t *bits)
{
	char *end;
	unsigned long v;

	if (*text < '0' || *text > '9' || (text[0] == '0' && text[1]))
		return false;
	v = strtoul(text, &end, 10);
	*bits = (uint8_t)v;
	return *end == '\0' && v <= most;
}

static bool
add(struct networks *w, const char *from, size_t n)
{
	char text[TEXT], *slash;
	uint8_t *at;

	if (w->n == NETWORK_MAX || n >= sizeof text)
		return false;
	memcpy(text, from, n);
	text[n] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	at = w->list[w->n].at;
	w->list[w->n].n = strchr(text, ':') ? 16 : 4;
	w->list[w->n].bits = (uint8_t)(8 * w->list[w->n].n);
	if (inet_pton(w->list[w->n].n == 4 ? AF_INET : AF_INET6, text, at) !=
		1 ||
	    (slash &&
		!read_bits(slash, w->list[w->n].bits, &w->list[w->n].bits)) ||
	    !rest_is_zero(at, w->list[w->n].n, w->list[w->n].bits))
		return false;
	w->n++;
	return true;
}

enum err
network_parse(const char *text, struct networks *w)
{
	memset(w, 0, sizeof *w);
	for (;;) {
		size_t n;

		text += strspn(text, " ,");
		n = strcspn(text, " ,");
		if (n == 0)
			return OK;
		if (!add(w, text, n))
			return ERR_SETTING;
		text += n;
	}
}

bool
network_has(const struct networks *w, struct span address)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->list[i].n == address.n &&
		    same(w->list[i].at, address.p, w->list[i].bits))
			return true;
	return false;
}
