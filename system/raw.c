/* SPDX-License-Identifier: ISC */
#include "raw.h"

/* Addresses as numbers: pieces that are not where they should be may not even
 * be in the same object. */
static uintptr_t
at(const void *p)
{
	return (uintptr_t)p;
}

static bool
line_plain(const char *p)
{
	return p[0] == '\0' && p[1] == '\0';
}

static bool
header_plain(const char *p, const char *end, const struct gate_header *h)
{
	const char *value = (const char *)h->value.p;
	const char *gap;

	if (at(h->name.p) != at(p) || h->name.n + 4 > (size_t)(end - p))
		return false;
	gap = p + h->name.n;
	if (*gap++ != '\0') /* the colon */
		return false;
	while (gap < end && (*gap == ' ' || *gap == '\t'))
		gap++;
	return at(value) == at(gap) && h->value.n + 2 <= (size_t)(end - gap) &&
	       line_plain(value + h->value.n);
}

bool
raw_plain(const struct raw *r, const struct gate_header *h, size_t n)
{
	const char *p = r->method, *end = p + r->size;
	size_t method = strlen(p), version = strlen(r->version);

	if (method + 1 + r->target_n + 1 + version + 4 > r->size)
		return false;
	p += method + 1;
	if (at(r->target) != at(p))
		return false;
	p += r->target_n;
	if (*p++ != '\0')
		return false;
	if (at(r->version) != at(p) || !line_plain(p + version))
		return false;
	p += version + 2;
	for (size_t i = 0; i < n; i++) {
		if (!header_plain(p, end, &h[i]))
			return false;
		p = (const char *)h[i].value.p + h[i].value.n + 2;
	}
	return end - p == 2 && line_plain(p);
}
