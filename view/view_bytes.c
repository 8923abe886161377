/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdlib.h>

#include "chain/text.h"
#include "view.h"

#define HEX_MAX \
	512 /* bytes: the longest that a view writes as hex is short \
	     */

json_t *
view_bytes_hex(struct span s)
{
	char text[2 * HEX_MAX + 1];
	struct out o = out_of(text, sizeof text);

	text_hex(&o, s);
	return o.full ? NULL : json_stringn_nocheck(text, o.n);
}

json_t *
view_bytes_h32(const struct h32 *h)
{
	return view_bytes_hex(h32_span(h));
}

json_t *
view_bytes_base64(struct span s)
{
	size_t size =
	    sodium_base64_encoded_len(s.n, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(size);
	json_t *j;

	if (text == NULL)
		return NULL;
	sodium_bin2base64(text, size, s.p, s.n, sodium_base64_VARIANT_ORIGINAL);
	j = json_stringn_nocheck(text, size - 1);
	free(text);
	return j;
}

json_t *
view_bytes_text(struct span s)
{
	return json_stringn(s.n ? (const char *)s.p : "", s.n);
}

enum err
view_bytes_unbase64(struct span text, struct out *o)
{
	size_t size, n;

	/* libsodium would take bytes above 0x7f for a plus or a slash */
	if (text.n % 4 != 0 || !text_is_line(text))
		return ERR_JSON_FIELD;
	if (text.n == 0)
		return OK;
	size = text.n / 4 * 3 - (text.p[text.n - 1] == '=') -
	       (text.p[text.n - 2] == '=');
	if (o->full || size > o->cap - o->n)
		return ERR_NO_SPACE;
	if (sodium_base642bin(o->p + o->n, size, (const char *)text.p, text.n,
		NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
		return ERR_JSON_FIELD;
	o->n += n;
	return OK;
}

bool
view_bytes_unh32(const char *text, struct h32 *h)
{
	return text && strspn(text, "0123456789abcdef") == 64 &&
	       text_unhex(span_str(text), h->b, sizeof h->b);
}
