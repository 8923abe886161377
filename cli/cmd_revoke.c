/* SPDX-License-Identifier: ISC */
#include "cmd_revoke.h"

#include "act_held.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "cmd_stage.h"
#include "deliver.h"
#include "fail.h"
#include "file.h"
#include "history.h"
#include "image_file.h"
#include "mem.h"
#include "out.h"
#include "pcr_file.h"
#include "screen.h"
#include "value.h"

/* Guardians where there are any: one of them is enough for a release.  With no
 * chain at hand nobody can tell. */
static bool
revokes(const struct act *a, const struct h32 *kid)
{
	struct policy *now = mem_new(sizeof *now);

	if (a->t == NULL)
		return true;
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

/* To more than the chain's server, or into a file as well. */
static bool
sends(const struct cli *c)
{
	return (deliver_asked(c) || command_is(c, "out")) &&
	       !command_is(c, "sign-only") && !command_is(c, "draft");
}

/* One signature, and everybody who is named gets it. */
static enum err
deliver(const struct cli *c, struct act *a)
{
	const struct h32 *chain = &a->p.u.revoke.chain;
	const char *path = command_value(c, "out");
	struct span s;

	TRY(act_held_sign(a));
	TRY(act_statement(a, &s));
	if (path != NULL) {
		TRY(file_create(path, s, 0644));
		out_talk("wrote %s\n", path);
	}
	return deliver_revocation(c, a->t != NULL ? a->t->conf : NULL, chain,
	    s);
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
	/* A key of the server's signs where that server is asked. */
	if (command_is(c, "sign-only") ||
	    (is_revoke && sends(c) && (t == NULL || t->conf == NULL)))
		TRY(act_keys_here(a));
	/* Too late for the chain is not too late to be heard. */
	if (open)
		TRY(act_judge(a, dry || command_is(c, "sign-only") ||
				     command_is(c, "draft")));
	TRY(cmd_stage_kept(c, a, act_sign(c, a, dry)));
	if (dry)
		return OK;
	return is_revoke && sends(c) ? deliver(c, a)
				     : cmd_stage_finish(c, a, &sent);
}

/* Nothing but files: no server is asked, and none hears of it. */
static bool
apart(const struct cli *c)
{
	return command_is(c, "sign-only") || command_is(c, "dry-run");
}

/* The stage whose bytes are in a statement file; g borrows from them. */
static enum err
read_stage(const char *path, struct stage *g, struct h32 *id)
{
	struct payload *p = mem_new(sizeof *p);
	struct statement *s = mem_new(sizeof *s);
	struct span bytes;
	enum err e;

	TRY(file_read(path, ENTRY_MAX, &bytes));
	e = entry_statement_decode(bytes, s);
	if (e == OK)
		e = payload_decode(s->payload, p);
	if (e != OK)
		return fail_with(e, "%s is no stage as --sign-only writes it.",
		    path);
	if (p->kind != KIND_STAGE)
		return fail_with(ERR_USAGE, "%s holds a %s and no stage.", path,
		    payload_kind_name(p->kind));
	*g = p->u.stage;
	return hash_sha256(s->payload, id);
}

/* The chain that the command is about: a file, the server's, or, for a stage
 * that is in a file, none. */
static enum err
find_chain(struct cli *c, const struct h32 *of_stage, struct target *t,
    bool *found)
{
	const char *file = command_value(c, "chain");
	const char *name = command_arg(c, 0);

	*found = true;
	if (file != NULL && name != NULL)
		return fail_with(ERR_USAGE,
		    "Either ENCLAVE or --chain FILE, and not both.");
	if (file != NULL && !apart(c) && !deliver_asked(c))
		return fail_with(ERR_USAGE,
		    "--chain FILE is for --sign-only, with no server, or with "
		    "--agent or --mirror instead of it.");
	if (file != NULL)
		return target_file(c, file, t);
	if (of_stage == NULL || name != NULL)
		return target_get(c, name, t);
	*found = !apart(c);
	return *found ? target_get(c, mem_hex(h32_span(of_stage)), t) : OK;
}

static bool
is_in(const struct target *t, const struct h32 *stage)
{
	const struct history_row *row;
	size_t n;

	if (history_of(t, &row, &n) != OK)
		return false;
	for (size_t i = 0; i < n; i++)
		if (h32_eq(&row[i].stage, stage))
			return true;
	return false;
}

/* What a revocation of this stage can still do. */
static void
say_when(const struct target *t, const struct h32 *stage, const struct stage *g)
{
	if (g != NULL)
		out_talk("the stage is %s, of chain %s; it expires %s\n",
		    g->has_release ? mem_printf("version %s",
					 mem_string(g->release.version))
				   : "a change of the policy",
		    mem_hex(h32_span(&g->chain)), value_time_text(g->expires));
	if (t == NULL || !is_in(t, stage))
		out_talk("it stops the stage when somebody submits it while "
			 "the stage is open\n");
	else
		out_talk("the stage is not open: this can only be heard as "
			 "a late warning\n");
}

static enum err
reason(const struct cli *c, struct revoke *v)
{
	TRY(value_text(c, "reason", &v->reason));
	if (v->reason.p == NULL)
		return fail_with(ERR_USAGE,
		    "--reason says why; it is signed and public.");
	return OK;
}

static enum err
revoke(struct cli *c, struct act *a, struct target *t)
{
	const char *path = command_value(c, "stage-file");
	struct stage *g = path != NULL ? mem_new(sizeof *g) : NULL;
	struct revoke v = { 0 };
	struct out o = mem_out(PAYLOAD_MAX);
	bool open = false, found;

	if (path != NULL && command_is(c, "stage"))
		return fail_with(ERR_USAGE,
		    "Either --stage or --stage-file, and not both.");
	if (path != NULL)
		TRY(read_stage(path, g, &v.stage));
	TRY(find_chain(c, g != NULL ? &g->chain : NULL, t, &found));
	if (g == NULL)
		TRY(find_stage(c, t, &v.stage, &open));
	else if (found)
		open = t->st->phase != PHASE_OPEN &&
		       h32_eq(&v.stage, &t->st->stage_id);
	TRY(reason(c, &v));
	v.chain = g != NULL ? g->chain : t->chain;
	revoke_encode(&o, &v);
	if (!open)
		say_when(found ? t : NULL, &v.stage, g);
	return run(c, a, found ? t : NULL, out_span(&o), open);
}

/* Registers do not cover all that a file has. */
static void
say_file(const struct release *r, const struct measure *m)
{
	if (r->has_eif && !h32_eq(&r->eif, &m->sha256))
		out_talk("the release names another file than this; `encl "
			 "reproduce --released FILE` says where they differ\n");
}

static enum err
own_pcrs(const struct cli *c, const struct release *r, struct pcrs *p)
{
	struct view_pcrs_buf *buf = mem_new(sizeof *buf);
	const char *path = command_value(c, "pcrs");
	const char *eif = command_value(c, "eif");
	struct measure *m;

	if ((path == NULL) == (eif == NULL))
		return fail_with(ERR_USAGE,
		    "--eif FILE is the image that you rebuilt, --pcrs FILE "
		    "what you measured of it: give one.");
	if (path != NULL)
		return pcr_file_read(path, r->pcrs.mask, buf, p);
	TRY(image_file_measure(eif, MEASURE_SHA256, &m));
	TRY(image_file_certify(m, command_value(c, "signing-cert")));
	say_file(r, m);
	return image_file_release(eif, m, r->pcrs.mask, p);
}

/* The endorser measured the image himself, and it must be the staged one. */
static enum err
measured(const struct cli *c, const struct stage *g, struct endorse *d)
{
	d->has_pcrs = g->has_release;
	if (!g->has_release)
		return OK;
	TRY(own_pcrs(c, &g->release, &d->pcrs));
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
