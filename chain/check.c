/* SPDX-License-Identifier: ISC */
#include "check.h"

#include "checkpoint.h"

static enum err
run_document(const struct check *k, struct attest_cache *cache)
{
	struct attest a;

	TRY(attest_parse(k->doc, &a));
	return attest_verify(&a, &k->root, a.timestamp, cache);
}

enum err
check_run(const struct check *k, struct attest_cache *cache)
{
	switch (k->what) {
	case CHECK_SIGNATURE:
		return sshsig_verify(k->blob, k->payload, k->sig);
	case CHECK_DOCUMENT:
		return run_document(k, cache);
	case CHECK_NOTE:
		return checkpoint_genuine(&k->key, k->seconds, k->payload,
		    k->sig);
	}
	return ERR_INTERNAL;
}
