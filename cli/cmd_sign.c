/* SPDX-License-Identifier: ISC */
#include "cmd_sign.h"

#include "act.h"
#include "chain/text.h"
#include "cmd_stage.h"
#include "deliver.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "screen.h"
#include "view/view.h"

/* t NULL: nothing to compare with. */
static enum err
begin(struct act *a, const struct target *t, const char *what, struct span s)
{
	enum err e = act_begin_statement(a, t, s);

	return e == OK ? OK
		       : fail_with(e,
			     "%s is no statement as --sign-only "
			     "writes them.",
			     what);
}

/* A draft's id is 32 hex digits; a file of that name has a slash before it. */
static bool
is_draft(const char *s)
{
	return strlen(s) == 32 && strspn(s, "0123456789abcdef") == 32;
}

/* The draft's statement and chain id, as the server has them. */
static enum err
fetch_draft(const struct conf *k, const char *id, struct span *statement,
    const char **chain)
{
	struct out o = mem_out(ENTRY_MAX);
	const char *text, *hex;
	uint8_t id_of[32];
	json_t *j;
	enum err e = ERR_ANSWER_BAD;

	TRY(api_get(k, mem_printf("/v1/drafts/%s", id), &j));
	text = json_string_value(json_object_get(j, "statement"));
	hex = json_string_value(json_object_get(j, "chain"));
	if (text != NULL && hex != NULL && text_unhex(span_str(hex), id_of, 32))
		e = view_bytes_unbase64(span_str(text), &o);
	if (e == OK)
		*chain = mem_printf("%s", hex);
	json_decref(j);
	*statement = out_span(&o);
	return e;
}

/* The chain to compare with: a file, the server's, or none. */
static enum err
find_chain(struct cli *c, const char *name, struct target *t, bool *found)
{
	const char *file = command_value(c, "chain");

	*found = file != NULL || name != NULL;
	if (file != NULL)
		return target_file(c, file, t);
	return name != NULL ? target_get(c, name, t) : OK;
}

static enum err
send_signature(struct cli *c, const struct conf *k, const char *id,
    struct act *a)
{
	struct span s;
	json_t *j;
	bool complete;

	TRY(act_statement(a, &s));
	TRY(api_post_cbor(k, mem_printf("/v1/drafts/%s/signatures", id), s,
	    &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	complete = json_is_true(json_object_get(j, "complete"));
	json_decref(j);
	out_talk("the draft has it%s\n",
	    complete ? mem_printf("; `encl upgrade submit %s` sends it", id)
		     : "; more signatures are needed");
	out_data("%s\n", id);
	return OK;
}

static enum err
keep_file(struct cli *c, const char *path, struct act *a)
{
	const char *to = command_value(c, "out");
	struct span s;

	if (to == NULL)
		to = path;
	TRY(act_statement(a, &s));
	if (strcmp(to, "-") == 0) {
		out_bytes(s);
		return OK;
	}
	TRY(file_replace(to, s, 0644));
	out_talk("wrote %s with %zu signature%s\n", to, a->proof_n,
	    a->proof_n == 1 ? "" : "s");
	return OK;
}

/* Signatures that OpenSSH made elsewhere. */
static enum err
add_sshsigs(struct cli *c, struct act *a, size_t *n)
{
	const char *path[ENTRY_PROOFS];

	*n = command_values(c, "sshsig", path, ENTRY_PROOFS);
	for (size_t i = 0; i < *n; i++)
		TRY(act_add_sshsig(a, path[i]));
	return OK;
}

static enum err
finish(struct cli *c, const struct conf *k, const char *what, struct act *a)
{
	return k != NULL ? send_signature(c, k, what, a)
			 : keep_file(c, what, a);
}

static enum err
sign(struct cli *c, const char *what, struct act *a, struct target *t)
{
	const char *chain = NULL;
	const struct conf *k = NULL;
	struct span statement;
	bool found, dry = command_is(c, "dry-run");
	size_t added;
	enum err e;

	if (is_draft(what)) {
		TRY(conf_get(c, &k));
		TRY(fetch_draft(k, what, &statement, &chain));
	} else {
		TRY(file_read(what, ENTRY_MAX, &statement));
	}
	/* Which enclave is meant is the person's word before the server's. */
	if (command_arg(c, 1) != NULL)
		chain = command_arg(c, 1);
	TRY(find_chain(c, chain, t, &found));
	TRY(begin(a, found ? t : NULL, what, statement));
	if (command_is(c, "payload"))
		return file_create(command_value(c, "payload"), a->p.bytes,
		    0644);
	TRY(add_sshsigs(c, a, &added));
	if (added == 0 || command_is(c, "key"))
		TRY(act_keys(c, a, NULL));
	TRY(act_keys_here(a));
	TRY(act_judge(a, true));
	if (a->key_n == 0 && added > 0) {
		TRY(screen_show(a));
		return finish(c, k, what, a);
	}
	if (a->key_n == 0) {
		out_talk("there is nothing left to sign for these keys\n");
		return screen_show(a);
	}
	e = act_sign(c, a, dry);
	if (e != OK && a->made > 0 && k == NULL)
		(void)!keep_file(c, what, a);
	return e != OK || dry ? e : finish(c, k, what, a);
}

enum err
cmd_sign_run(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	struct act *a = mem_new(sizeof *a);
	enum err e = sign(c, command_arg(c, 0), a, t);

	act_end(a);
	return e;
}

static enum err
submit_file(struct cli *c, const struct conf *k, const char *path)
{
	struct target *t = mem_new(sizeof *t);
	struct act *a = mem_new(sizeof *a);
	struct span s;
	json_t *j;

	TRY(file_read(path, ENTRY_MAX, &s));
	TRY(begin(a, NULL, path, s));
	if (a->p.kind == KIND_GENESIS) {
		fail_hint("encl enclave create -f DEFINITION --genesis %s",
		    path);
		return fail_with(ERR_USAGE, "%s is a genesis.", path);
	}
	t->conf = k;
	t->chain = *payload_chain(&a->p);
	t->name = mem_hex(h32_span(&t->chain));
	if (k->server != NULL &&
	    pin_by_chain(k->server, &t->chain, &t->pin, &t->pinned) == OK &&
	    t->pinned)
		t->name = t->pin.name;
	a->t = t;
	if (a->p.kind == KIND_REVOKE && deliver_asked(c))
		return deliver_revocation(c, k, &t->chain, s);
	TRY(api_post_cbor(k, target_path(t, "/entries"), s, &j));
	return cmd_stage_answer(c, a, j);
}

enum err
cmd_sign_submit(struct cli *c)
{
	const char *what = command_arg(c, 0);
	const struct conf *k;
	json_t *j;

	TRY(conf_get(c, &k));
	if (!is_draft(what))
		return submit_file(c, k, what);
	TRY(api_submit(k, mem_printf("/v1/drafts/%s/submit", what), &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	out_talk("sent, entry %lld\n",
	    (long long)json_integer_value(json_object_get(j, "seq")));
	json_decref(j);
	return OK;
}
