/* SPDX-License-Identifier: ISC */
#include "cmd_stage.h"

#include "chain/hash.h"
#include "deffile.h"
#include "evidence_publish.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "policy_make.h"
#include "stage_make.h"
#include "view/view.h"
#include "wait.h"

/* A control key of the policy in force or of the one that a brings. */
static bool
wanted(const struct act *a, const struct h32 *kid)
{
	struct policy *now = mem_new(sizeof *now);

	if (a->t == NULL || state_policy(a->t->st, now) != OK)
		return true;
	if (policy_key_index(&now->control, kid) >= 0)
		return true;
	return a->p.kind == KIND_STAGE && !a->p.u.stage.has_release &&
	       policy_key_index(&a->p.u.stage.policy.control, kid) >= 0;
}

static bool
partial(const struct cli *c)
{
	return command_is(c, "sign-only") || command_is(c, "draft");
}

enum err
cmd_stage_answer(struct cli *c, const struct act *a, json_t *j)
{
	const char *entry = json_string_value(json_object_get(j, "entry"));
	json_t *seq = json_object_get(j, "seq");
	struct h32 id;

	TRY(hash_sha256(a->p.bytes, &id));
	if (c->format != FORMAT_TABLE) {
		if (a->p.kind == KIND_STAGE)
			(void)json_object_set_new(j, "stage",
			    view_bytes_h32(&id));
		(void)json_object_set_new(j, "enclave",
		    json_string(a->t->name));
		return out_json(c, j);
	}
	if (json_is_true(json_object_get(j, "kept")))
		out_talk("too late to enter the chain; the server keeps it "
			 "and shows it to everybody\n");
	else
		out_talk("%s %s, entry %lld (%s)\n", a->t->name,
		    json_is_true(json_object_get(j, "repeated"))
			? "had it already"
			: "took it",
		    (long long)json_integer_value(seq),
		    entry != NULL ? entry : "?");
	out_data("%s\n", a->p.kind == KIND_STAGE || entry == NULL
			     ? mem_hex(h32_span(&id))
			     : entry);
	json_decref(j);
	return OK;
}

static enum err
write_file(struct cli *c, struct act *a, const char *file)
{
	struct span s;

	TRY(act_statement(a, &s));
	if (strcmp(file, "-") == 0) {
		out_bytes(s);
		return OK;
	}
	TRY(file_create(file, s, 0644));
	(void)c;
	if (a->p.kind == KIND_REVOKE && (a->enough || a->t == NULL))
		out_talk("wrote %s; keep it: whoever has it can send it with "
			 "`encl upgrade submit`, with no account\n",
		    file);
	else
		out_talk("wrote %s; %s\n", file,
		    a->enough ? "`encl upgrade submit` sends it"
			      : "others add theirs with `encl upgrade sign`");
	return OK;
}

enum err
cmd_stage_kept(struct cli *c, struct act *a, enum err e)
{
	const char *file = command_value(c, "sign-only");

	if (e == OK || a->made == 0)
		return e;
	if (file == NULL)
		out_talk("what was signed is not kept; --sign-only FILE keeps "
			 "it, and `encl upgrade sign FILE` adds the rest\n");
	else if (write_file(c, a, file) != OK)
		out_talk("what was signed could not be written to %s\n", file);
	return e;
}

static enum err
leave_draft(struct cli *c, struct act *a)
{
	json_t *j;
	const char *id;

	TRY(act_draft(a, &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	id = json_string_value(json_object_get(j, "id"));
	out_talk("left as a draft; others add theirs with "
		 "`encl upgrade sign %s`\n",
	    id != NULL ? id : "?");
	out_data("%s\n", id != NULL ? id : "?");
	json_decref(j);
	return OK;
}

enum err
cmd_stage_finish(struct cli *c, struct act *a, bool *sent)
{
	const char *file = command_value(c, "sign-only");
	json_t *j;

	*sent = false;
	if (file != NULL)
		return write_file(c, a, file);
	if (command_is(c, "draft"))
		return leave_draft(c, a);
	TRY(act_send(a, &j));
	*sent = true;
	return cmd_stage_answer(c, a, j);
}

static enum err
dry_answer(struct cli *c, const struct act *a)
{
	json_t *j;
	struct h32 id;

	if (c->format == FORMAT_TABLE)
		return OK;
	TRY(hash_sha256(a->p.bytes, &id));
	j = view_payload(&a->p);
	if (j != NULL)
		(void)json_object_set_new(j, "sha256", view_bytes_h32(&id));
	return out_json(c, j);
}

/* One round: build, judge, show, sign, send. */
typedef enum err (*make_fn)(const struct cli *c, const struct target *t,
    struct stage *g, json_t **definition);

static enum err
payload_of(const struct cli *c, const struct target *t, make_fn make,
    json_t **definition, struct span *payload)
{
	struct stage *g = mem_new(sizeof *g);
	struct out o = mem_out(PAYLOAD_MAX);

	TRY(stage_make_window(c, t, g));
	TRY(make(c, t, g, definition));
	stage_encode(&o, g);
	if (o.full)
		return ERR_TOO_LARGE;
	*payload = out_span(&o);
	return OK;
}

static enum err
push_definition(const struct target *t, const json_t *definition)
{
	json_t *answer;
	enum err e;

	if (definition == NULL)
		return OK;
	e = deffile_push(t->conf, t->pin.name, definition, &answer);
	if (e == OK)
		json_decref(answer);
	return e;
}

static enum err
once(struct cli *c, const struct target *t, make_fn make, struct act *a,
    bool *sent)
{
	json_t *definition = NULL;
	struct span payload;
	bool dry = command_is(c, "dry-run");
	enum err e = payload_of(c, t, make, &definition, &payload);

	*sent = false;
	if (e == OK)
		e = act_begin(a, t, payload);
	a->definition = definition;
	a->together =
	    e == OK && !a->p.u.stage.has_release &&
	    policy_make_together(c, "add-guardian-key", "add-control-key");
	if (e == OK)
		e = act_keys(c, a, wanted);
	if (e == OK && command_is(c, "sign-only"))
		e = act_keys_here(a);
	if (e == OK)
		e = act_judge(a, partial(c) || dry);
	if (e == OK)
		e = cmd_stage_kept(c, a, act_sign(c, a, dry));
	if (e == OK && !dry && !command_is(c, "sign-only"))
		e = push_definition(t, definition);
	a->definition = NULL;
	json_decref(definition);
	TRY(e);
	return dry ? dry_answer(c, a) : cmd_stage_finish(c, a, sent);
}

/* The row of a release has no such option. */
static enum err
publish(const struct cli *c, const struct target *t, const struct act *a)
{
	if (a->p.u.stage.has_release || !command_is(c, "publish-evidence"))
		return OK;
	return evidence_publish_asked(c, t->conf, &t->chain,
	    &a->p.u.stage.policy);
}

static enum err
stage(struct cli *c, make_fn make)
{
	struct target *t = mem_new(sizeof *t);
	struct act *a = mem_new(sizeof *a);
	struct h32 id;
	bool sent;
	enum err e;

	TRY(target_get(c, command_arg(c, 0), t));
	e = once(c, t, make, a, &sent);
	if (e == ERR_FROM_STALE) {
		/* The chain moved between the look and the send: look, verify
		 * and ask again, at most once. */
		fail_forget();
		out_talk("the chain has moved meanwhile; once more\n");
		act_end(a);
		TRY(target_again(c, t));
		e = once(c, t, make, a, &sent);
	}
	act_end(a);
	TRY(e);
	if (sent)
		TRY(publish(c, t, a));
	if (!sent || !command_is(c, "wait"))
		return OK;
	TRY(hash_sha256(a->p.bytes, &id));
	return wait_option(c, t, &id);
}

static enum err
make_policy(const struct cli *c, const struct target *t, struct stage *g,
    json_t **definition)
{
	*definition = NULL;
	g->has_release = false;
	TRY(state_policy(t->st, &g->policy));
	return policy_make_next(c, &g->policy);
}

enum err
cmd_stage_release(struct cli *c)
{
	return stage(c, stage_make_release);
}

enum err
cmd_stage_policy(struct cli *c)
{
	return stage(c, make_policy);
}
