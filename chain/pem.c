/* SPDX-License-Identifier: ISC */
#include "pem.h"

#include <sodium/utils.h>

#include "text.h"

#define HEAD "-----BEGIN CERTIFICATE-----"
#define FOOT "-----END CERTIFICATE-----"
#define LINE 64
#define LINE_BYTES (LINE / 4 * 3)

/* Takes a line without its end off the front of *in. */
static bool
next_line(struct span *in, struct span *line)
{
	const uint8_t *end;
	size_t n;

	if (in->n == 0)
		return false;
	end = memchr(in->p, '\n', in->n);
	n = end != NULL ? (size_t)(end - in->p) : in->n;
	*line = span_of(in->p, n);
	if (end != NULL)
		n++;
	*in = span_of(in->p + n, in->n - n);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool
first_line(struct span *in, struct span *line)
{
	do {
		if (!next_line(in, line))
			return false;
	} while (line->n == 0);
	return true;
}

bool
pem_next(struct span *in, uint8_t *buf, size_t cap, struct span *der)
{
	struct span rest = *in, line;
	bool last = false;
	size_t at = 0, n;

	if (!first_line(&rest, &line) || !span_is(line, HEAD))
		return false;
	while (next_line(&rest, &line)) {
		if (span_is(line, FOOT)) {
			*der = span_of(buf, at);
			*in = rest;
			return at > 0;
		}
		/* Only the last line is shorter than the others. */
		if (last || line.n == 0 || line.n > LINE ||
		    !text_is_line(line) || /* libsodium takes other bytes */
		    sodium_base642bin(buf + at, cap - at, (const char *)line.p,
			line.n, NULL, &n, NULL,
			sodium_base64_VARIANT_ORIGINAL) != 0)
			return false;
		last = line.n < LINE;
		at += n;
	}
	return false;
}

bool
pem_end(struct span in)
{
	struct span line;

	return !first_line(&in, &line);
}

void
pem_put(struct out *o, struct span der)
{
	char line[LINE + 2];

	out_put(o, HEAD "\n", sizeof HEAD);
	for (size_t at = 0; at < der.n; at += LINE_BYTES) {
		size_t n = der.n - at < LINE_BYTES ? der.n - at : LINE_BYTES;

		sodium_bin2base64(line, LINE + 1, der.p + at, n,
		    sodium_base64_VARIANT_ORIGINAL);
		n = strlen(line);
		line[n] = '\n';
		out_put(o, line, n + 1);
	}
	out_put(o, FOOT "\n", sizeof FOOT);
}
