/* SPDX-License-Identifier: ISC */
#include "cmd_revoke.h"

#include "chain/text.h"
#include "cmd_stage.h"
#include "fail.h"
#include "history.h"
#include "mem.h"
#include "out.h"
#include "pcr_file.h"
#include "screen.h"
#include "value.h"

/* Guardians where there are any: one of them is enough for a release. */
static bool
revokes(const struct act *a, const struct h32 *kid)
{
	struct policy *now = mem_new(sizeof *now);

	if (state_policy(a->t->st, now) != OK)
		return false;
	return policy_key_index(now->guardians.n > 0 ? &now->guardians
						     : &now->control,
		   kid) >= 0;
}

static bool
endorses(const struct act *a, const struct h32 *kid)
{
	struct policy *now = mem_new(sizeof *now);

	return state_policy(a->t->st, now) == OK && now->has_endorsers &&
	       policy_key_index(&now->endorsers, kid) >= 0;
}

/* The stage that is meant: --stage, else the open one. */
static enum err
find_stage(const struct cli *c, const struct target *t, struct h32 *id,
    bool *open)
{
	const char *what = command_value(c, "stage");
	const struct history_row *row;

	if (what == NULL) {
		if (t->st->phase == PHASE_OPEN)
			return fail_with(ERR_NOTHING_STAGED, "%s is at rest.",
			    t->name);
		*id = t->st->stage_id;
	} else {
		TRY(history_find(t, what, &row));
		*id = row->stage;
	}
	*open = t->st->phase != PHASE_OPEN && h32_eq(id, &t->st->stage_id);
	return OK;
}

static enum err
run(struct cli *c, struct act *a, const struct target *t, struct span payload,
    bool open)
{
	bool sent, dry = command_is(c, "dry-run");
	bool is_revoke;

	TRY(act_begin(a, t, payload));
	is_revoke = a->p.kind == KIND_REVOKE;
	TRY(act_keys(c, a, is_revoke ? revokes : endorses));
	if (command_is(c, "sign-only"))
		TRY(act_keys_here(a));
	/* Too late for the chain is not too late to be heard. */
	if (open)
		TRY(act_judge(a, dry || command_is(c, "sign-only") ||
				     command_is(c, "draft")));
	TRY(act_sign(c, a, dry));
	return dry ? OK : cmd_stage_finish(c, a, &sent);
}

static enum err
revoke(struct cli *c, struct act *a, struct target *t)
{
	struct revoke v = { 0 };
	struct out o = mem_out(PAYLOAD_MAX);
	bool open;

	TRY(target_get(c, command_arg(c, 0), t));
	TRY(find_stage(c, t, &v.stage, &open));
	TRY(value_text(c, "reason", &v.reason));
	if (v.reason.p == NULL)
		return fail_with(ERR_USAGE,
		    "--reason says why; it is signed and public.");
	v.chain = t->chain;
	revoke_encode(&o, &v);
	if (!open)
		out_talk("the stage is not open: this can only be heard as "
			 "a late warning\n");
	return run(c, a, t, out_span(&o), open);
}

/* The endorser measured the image himself, and it must be the staged one. */
static enum err
measured(const struct cli *c, const struct stage *g, struct endorse *d)
{
	struct view_pcrs_buf *buf = mem_new(sizeof *buf);
	const char *path = command_value(c, "pcrs");

	d->has_pcrs = g->has_release;
	if (!g->has_release)
		return OK;
	if (path == NULL)
		return fail_with(ERR_USAGE,
		    "--pcrs FILE names what you measured when you rebuilt "
		    "the image.");
	TRY(pcr_file_read(path, g->release.pcrs.mask, buf, &d->pcrs));
	if (pcr_eq(&d->pcrs, &g->release.pcrs))
		return OK;
	screen_pcrs(&g->release.pcrs, &d->pcrs, false);
	return fail_with(ERR_ENDORSE_PCRS,
	    "What you measured is not what is staged.");
}

static enum err
endorse(struct cli *c, struct act *a, struct target *t)
{
	struct endorse d = { 0 };
	struct stage *g = mem_new(sizeof *g);
	struct out o = mem_out(PAYLOAD_MAX);
	bool open;

	TRY(target_get(c, command_arg(c, 0), t));
	TRY(find_stage(c, t, &d.stage, &open));
	if (!open)
		return fail_with(ERR_STAGE_UNKNOWN, "It is closed.");
	TRY(state_stage(t->st, g));
	TRY(measured(c, g, &d));
	TRY(value_text(c, "method", &d.method));
	d.chain = t->chain;
	endorse_encode(&o, &d);
	return run(c, a, t, out_span(&o), open);
}

static enum err
with_act(struct cli *c,
    enum err (*what)(struct cli *c, struct act *a, struct target *t))
{
	struct target *t = mem_new(sizeof *t);
	struct act *a = mem_new(sizeof *a);
	enum err e = what(c, a, t);

	act_end(a);
	return e;
}

enum err
cmd_revoke_run(struct cli *c)
{
	return with_act(c, revoke);
}

enum err
cmd_revoke_endorse(struct cli *c)
{
	return with_act(c, endorse);
}
