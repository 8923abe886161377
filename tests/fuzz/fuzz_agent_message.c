/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain/sshsig.h"
#include "cli/keys/agent.h"
#include "tests/fuzz/fuzz.h"

/* What was read lies inside the answer, and what it lists accounts for all of
 * its bytes; a signature has the size of its type, and is low-S. */
static void
list(struct span s)
{
	static struct agent_key key[AGENT_KEYS_MAX];
	size_t n, sum = 5;

	if (agent_list_decode(s, key, &n) != OK)
		return;
	for (size_t i = 0; i < n; i++) {
		if (key[i].blob.p < s.p ||
		    key[i].comment.p + key[i].comment.n > s.p + s.n)
			abort();
		sum += 8 + key[i].blob.n + key[i].comment.n;
	}
	if (sum != s.n)
		abort();
}

static void
signature(struct span s)
{
	for (enum key_type t = KEY_ED25519; t <= KEY_SK_P256; t++) {
		uint8_t sig[KEY_SIG_MAX], low[KEY_SIG_MAX];
		size_t n;

		if (agent_sign_decode(s, t, sig, &n) != OK)
			continue;
		memcpy(low, sig, n);
		if (n != key_sig_size(t) || sshsig_low_s(t, low, n) != OK ||
		    memcmp(low, sig, n) != 0)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	list(span_of(p, n));
	signature(span_of(p, n));
	return 0;
}
