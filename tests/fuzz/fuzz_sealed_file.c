/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdlib.h>

#include "cli/keys/recovery.h"
#include "cli/keys/sealed_file.h"
#include "tests/fuzz/fuzz.h"

/* A sealed key has one spelling, and no input opens with what is not its own:
 * neither the YubiKey's half nor the recovery key. */
static void
sealed(struct span s)
{
	static const uint8_t k[64], r[20], private[32];
	struct sealed_file f;
	struct sealed_secret secret;
	uint8_t buf[SEALED_FILE_MAX], c[64];
	struct out o = out_of(buf, sizeof buf);

	if (sealed_file_parse(s, &f) != OK)
		return;
	sealed_file_render(&o, &f);
	fuzz_same(&o, s);
	sealed_file_challenge(&f, k, c);
	if (c[62] == c[63])
		abort();
	if (sealed_file_open(&f, k, r, &secret) == OK ||
	    sealed_file_recover(&f, private, &secret) == OK)
		abort();
}

/* What is taken for a recovery key comes back as it is printed. */
static void
recovery(struct span s)
{
	uint8_t key[RECOVERY_KEY], again[RECOVERY_KEY];
	char text[RECOVERY_TEXT];
	struct out o = out_of(text, sizeof text);

	if (recovery_parse(s, key) != OK)
		return;
	recovery_render(&o, key);
	if (o.full || recovery_parse(out_span(&o), again) != OK ||
	    memcmp(key, again, sizeof key) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	if (sodium_init() < 0)
		abort();
	sealed(span_of(p, n));
	recovery(span_of(p, n));
	return 0;
}
