/* SPDX-License-Identifier: ISC */
#include "kernel.h"

#define MAGIC 0x202U   /* "HdrS" */
#define POINTER 0x20eU /* of the text, 0x200 less, little-endian */
#define BASE 0x200U

bool
kernel_version(struct span head, char text[KERNEL_VERSION])
{
	size_t at, n = 0;

	if (head.n < POINTER + 2 || memcmp(head.p + MAGIC, "HdrS", 4) != 0)
		return false;
	at = (size_t)head.p[POINTER] | (size_t)head.p[POINTER + 1] << 8;
	/* the first word: what follows is who built it, and when */
	for (at += BASE; at < head.n && n + 1 < KERNEL_VERSION; at++) {
		if (head.p[at] <= ' ' || head.p[at] > '~')
			break;
		text[n++] = (char)head.p[at];
	}
	text[n] = '\0';
	return n > 0 && at < head.n &&
	       (head.p[at] == ' ' || head.p[at] == '\0');
}
