/* SPDX-License-Identifier: ISC */
#include "recovery.h"

#include <sodium.h>

#define GROUP 2 /* bytes */

void
recovery_render(struct out *o, const uint8_t key[RECOVERY_KEY])
{
	char hex[2 * GROUP + 1];

	for (size_t i = 0; i < RECOVERY_KEY; i += GROUP) {
		if (i > 0)
			out_put(o, " ", 1);
		(void)sodium_bin2hex(hex, sizeof hex, key + i, GROUP);
		out_put(o, hex, 2 * GROUP);
	}
	out_put(o, "\n", 2);
	sodium_memzero(hex, sizeof hex);
	if (!o->full)
		o->n--;
}

enum err
recovery_parse(struct span text, uint8_t key[RECOVERY_KEY])
{
	size_t n;

	if (text.n > 0 &&
	    sodium_hex2bin(key, RECOVERY_KEY, (const char *)text.p, text.n,
		" -\n\r\t", &n, NULL) == 0 &&
	    n == RECOVERY_KEY)
		return OK;
	sodium_memzero(key, RECOVERY_KEY);
	return ERR_PASSPHRASE;
}
