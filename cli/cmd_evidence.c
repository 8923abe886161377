/* SPDX-License-Identifier: ISC */
#include "cmd_evidence.h"

#include "chain/evidence.h"
#include "chain/hash.h"
#include "evidence_publish.h"
#include "evidence_store.h"
#include "file.h"
#include "mem.h"
#include "target.h"

/* Bundles that came another way are kept at hand; which of them a policy names
 * is seen when they are looked for. */
static enum err
keep_files(const struct cli *c)
{
	for (size_t i = 1; command_arg(c, i) != NULL; i++) {
		struct span bundle;
		struct h32 sha256;

		TRY(file_read(command_arg(c, i), EVIDENCE_MAX, &bundle));
		TRY(hash_sha256(bundle, &sha256));
		TRY(evidence_store_put(&sha256, bundle));
	}
	return OK;
}

enum err
cmd_evidence_publish(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	struct policy *now = mem_new(sizeof *now);
	struct stage *g = mem_new(sizeof *g);
	bool staged;

	TRY(target_get(c, command_arg(c, 0), t));
	TRY(keep_files(c));
	TRY(state_policy(t->st, now));
	staged = t->st->phase != PHASE_OPEN;
	if (staged)
		TRY(state_stage(t->st, g));
	return evidence_publish(c, t->conf, &t->chain, now,
	    staged && !g->has_release ? &g->policy : NULL);
}
