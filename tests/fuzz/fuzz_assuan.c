/* SPDX-License-Identifier: ISC */
/* What a pinentry program answers, line by line: data stays within its limit,
 * and comes only where it was asked for: '!' in front. */
#include <stdlib.h>

#include "cli/keys/assuan.h"

#define DATA 64

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct assuan a = { .cap = DATA };
	bool takes = n > 0 && p[0] == '!';

	if (takes) {
		a.data = malloc(DATA);
		p++;
		n--;
	}
	while (n > 0 && !a.done) {
		const uint8_t *end = memchr(p, '\n', n);
		size_t len = end != NULL ? (size_t)(end - p) : n;
		char *line = malloc(len + 1);

		if (line == NULL)
			abort();
		memcpy(line, p, len);
		line[len] = '\0';
		if (assuan_take(&a, line) != NULL)
			n = len;
		free(line);
		p += len;
		n -= len;
		if (n > 0) {
			p++;
			n--;
		}
	}
	if (a.n > DATA || (!takes && a.n > 0) || (a.refused != 0 && !a.done))
		abort();
	free(a.data);
	return 0;
}
