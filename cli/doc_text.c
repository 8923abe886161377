/* SPDX-License-Identifier: ISC */
#include "doc_text.h"

#include <sodium.h>

#include "chain/text.h"
#include "mem.h"

static struct span
without_space(struct span s)
{
	uint8_t *p = mem_new(s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] > ' ')
			p[n++] = s.p[i];
	}
	return span_of(p, n);
}

static bool
from_base64(struct span text, int variant, struct span *doc)
{
	uint8_t *p = mem_new(text.n + 1);
	size_t n;

	if (sodium_base642bin(p, text.n, (const char *)text.p, text.n, NULL, &n,
		NULL, variant) != 0)
		return false;
	*doc = span_of(p, n);
	return true;
}

/* Raw, or what hex or base64 stand for.  A document begins with an array or
 * a tag, a byte that no text begins with. */
struct span
doc_text_read(struct span file)
{
	static const int variants[] = { sodium_base64_VARIANT_ORIGINAL,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
		sodium_base64_VARIANT_URLSAFE,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING };
	struct span text, doc;
	uint8_t *p;

	if (file.n == 0 || file.p[0] >= 0x80)
		return file;
	text = without_space(file);
	p = mem_new(text.n / 2 + 1);
	if (text.n > 0 && text_unhex(text, p, text.n / 2))
		return span_of(p, text.n / 2);
	for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
		if (text.n > 0 && from_base64(text, variants[i], &doc))
			return doc;
	}
	return file;
}
