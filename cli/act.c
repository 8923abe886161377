/* SPDX-License-Identifier: ISC */
#include "act.h"

#include "accept.h"
#include "chain/hash.h"
#include "chain/trial.h"
#include "definition/shape.h"
#include "evidence_trust.h"
#include "fail.h"
#include "file.h"
#include "hint.h"
#include "mem.h"
#include "out.h"
#include "project.h"
#include "pubkey.h"
#include "risk_stage.h"
#include "role.h"
#include "screen.h"
#include "value.h"
#include "view/view.h"

/* Exit code 3 is for what somebody else made and does not verify. */
static enum err
refused(enum err e)
{
	if (err_class(e) != ERR_CLASS_VERIFY)
		return e;
	if (hint_of(e) != NULL)
		fail_hint("%s", hint_of(e));
	return fail_with(ERR_WOULD_REFUSE, "%s (%s)", err_sentence(e),
	    err_code(e));
}

static enum err
begin(struct act *a, const struct target *t, struct span payload)
{
	const struct h32 *chain;

	memset(a, 0, sizeof *a);
	a->t = t;
	TRY(payload_decode(payload, &a->p));
	if (a->p.kind == KIND_RECEIPT)
		return fail_with(ERR_KIND_UNKNOWN,
		    "Nobody signs a receipt with a key.");
	chain = payload_chain(&a->p);
	if (t != NULL && chain != NULL && !h32_eq(chain, &t->chain))
		return fail_with(ERR_CHAIN_FOREIGN, "It is for %s.",
		    mem_hex(h32_span(chain)));
	return OK;
}

enum err
act_begin(struct act *a, const struct target *t, struct span payload)
{
	return refused(begin(a, t, payload));
}

/* The public key of a signature, from the policies at hand: the one in force
 * and the one that the payload brings. */
static const struct key *
known_key(const struct act *a, const struct h32 *kid, struct policy *in_force)
{
	const struct key *k = NULL;

	if (a->t != NULL && state_policy(a->t->st, in_force) == OK)
		k = pubkey_in_policy(in_force, kid);
	if (k == NULL && a->p.kind == KIND_GENESIS)
		k = pubkey_in_policy(&a->p.u.genesis.policy, kid);
	if (k == NULL && a->p.kind == KIND_STAGE && !a->p.u.stage.has_release)
		k = pubkey_in_policy(&a->p.u.stage.policy, kid);
	return k;
}

static enum err
check_proof(const struct act *a, const struct proof *f)
{
	struct policy *in_force = mem_new(sizeof *in_force);
	const struct key *k;

	if (f->kind != PROOF_KEY)
		return ERR_PROOF_KIND;
	k = known_key(a, &f->kid, in_force);
	if (k == NULL) {
		/* Offline there may be no policy to look it up in. */
		if (a->t == NULL && a->p.kind != KIND_GENESIS)
			return OK;
		return fail_with(ERR_PROOF_SURPLUS, "A signature by %s.",
		    pubkey_fingerprint(&f->kid));
	}
	return sshsig_verify(k->blob, a->p.bytes, f->body);
}

bool
act_verified(const struct act *a, const struct h32 *kid)
{
	struct policy *in_force = mem_new(sizeof *in_force);

	return known_key(a, kid, in_force) != NULL;
}

enum err
act_begin_statement(struct act *a, const struct target *t,
    struct span statement)
{
	struct statement *s = mem_new(sizeof *s);

	TRY(entry_statement_decode(statement, s));
	TRY(begin(a, t, s->payload));
	for (size_t i = 0; i < s->proof_n; i++) {
		TRY(check_proof(a, &s->proof[i]));
		a->proof[a->proof_n++] = s->proof[i];
	}
	return OK;
}

const char *
act_called(const struct act *a, const struct act_key *k)
{
	struct policy *in_force = mem_new(sizeof *in_force);
	const struct key *known = NULL;
	struct h32 kid;

	if (hash_sha256(k->signer.blob, &kid) == OK)
		known = known_key(a, &kid, in_force);
	return known != NULL ? mem_string(known->name) : k->name;
}

static bool
signed_already(const struct act *a, const struct h32 *kid)
{
	for (size_t i = 0; i < a->proof_n; i++)
		if (h32_eq(&a->proof[i].kid, kid))
			return true;
	return false;
}

/* Where no policy was at hand, the key itself tells whether it signed. */
static enum err
check_own(const struct act *a, struct span blob, const struct h32 *kid)
{
	for (size_t i = 0; i < a->proof_n; i++)
		if (h32_eq(&a->proof[i].kid, kid))
			return sshsig_verify(blob, a->p.bytes,
			    a->proof[i].body);
	return OK;
}

static enum err
kid_of(const struct act_key *k, struct h32 *kid)
{
	return hash_sha256(k->signer.blob, kid);
}

enum err
act_key(const struct cli *c, struct act *a, const char *ref)
{
	struct act_key *k = &a->key[a->key_n];
	const struct holder *h;
	const char *rest;

	if (a->key_n == ENTRY_PROOFS)
		return fail_with(ERR_USAGE, "There are too many keys.");
	k->ref = ref;
	TRY(holder_find(ref, &h, &rest));
	k->custody = h->custody;
	TRY(holder_open(ui_of(c), ref, &k->signer, &k->name));
	a->key_n++;
	return OK;
}

/* The newest key of a is one of those before it: two holders of one key, or
 * one that is named twice, count once. */
static bool
named_twice(const struct act *a, const struct h32 *kid)
{
	struct h32 other;

	for (size_t i = 0; i + 1 < a->key_n; i++)
		if (kid_of(&a->key[i], &other) == OK && h32_eq(&other, kid)) {
			out_talk("%s is the key of %s, and counts once\n",
			    out_name(a->key[a->key_n - 1].ref),
			    out_name(a->key[i].ref));
			return true;
		}
	return false;
}

/* A reference that somebody else may have written. */
static enum err
check_tame(const char *ref)
{
	const struct holder *h;
	const char *rest;

	TRY(holder_find(ref, &h, &rest));
	return h->tame != NULL ? h->tame(rest) : OK;
}

enum err
act_keys(const struct cli *c, struct act *a,
    bool (*wanted)(const struct act *a, const struct h32 *kid))
{
	const char *ref[ENTRY_PROOFS];
	size_t n = command_values(c, "key", ref, ENTRY_PROOFS);
	bool named = n > 0;

	if (!named)
		n = project_keys(ref, ENTRY_PROOFS);
	for (size_t i = 0; i < n; i++) {
		struct act_key *k = &a->key[a->key_n];
		struct h32 kid;

		if (!named)
			TRY(check_tame(ref[i]));
		TRY(act_key(c, a, ref[i]));
		TRY(kid_of(k, &kid));
		TRY(check_own(a, k->signer.blob, &kid));
		if (!signed_already(a, &kid) && !named_twice(a, &kid) &&
		    (named || wanted == NULL || wanted(a, &kid)))
			continue;
		if (named && signed_already(a, &kid))
			out_talk("%s has signed already\n",
			    out_name(act_called(a, k)));
		holder_close(&k->signer);
		a->key_n--;
	}
	if (a->key_n > 0 || a->proof_n > 0)
		return OK;
	fail_hint("--key REF names one, or `keys:` in .encl.yaml");
	return fail_with(ERR_USAGE, "There is no key to sign with.");
}

enum err
act_keys_here(const struct act *a)
{
	for (size_t i = 0; i < a->key_n; i++)
		if (a->key[i].signer.sign == NULL)
			return fail_with(ERR_KEY_SCHEME,
			    "%s signs only inside the server, and not into a "
			    "file.",
			    a->key[i].ref);
	return OK;
}

enum err
act_add_sshsig(struct act *a, const char *path)
{
	uint8_t *blob_buf = mem_new(KEY_BLOB_MAX), *sig = mem_new(KEY_SIG_MAX);
	struct span text, blob;
	struct proof f = { .kind = PROOF_KEY };

	TRY(file_read(path, SSHSIG_ARMOR_MAX, &text));
	TRY(sshsig_dearmor(text, blob_buf, &blob, sig, &f.body));
	TRY(sshsig_verify(blob, a->p.bytes, f.body));
	TRY(hash_sha256(blob, &f.kid));
	TRY(check_proof(a, &f));
	if (signed_already(a, &f.kid))
		return OK;
	if (a->proof_n == ENTRY_PROOFS)
		return ERR_TOO_LARGE;
	a->proof[a->proof_n++] = f;
	out_talk("%s: signed by %s\n", path, pubkey_fingerprint(&f.kid));
	return OK;
}

enum err
act_judge(struct act *a, bool partial)
{
	struct trial_space *w = mem_new(sizeof *w);
	struct span blob[ENTRY_PROOFS];
	struct trial t = { .st = a->p.kind == KIND_GENESIS || !a->t ? NULL
								    : a->t->st,
		.payload = a->p.bytes,
		.made = a->proof,
		.made_n = a->proof_n,
		.blob = blob,
		.blob_n = a->key_n };
	const char *why = NULL;
	enum err e;

	a->enough = false;
	if (a->t == NULL && a->p.kind != KIND_GENESIS)
		return OK;
	for (size_t i = 0; i < a->key_n; i++) {
		TRY(role_check(a, &a->key[i]));
		blob[i] = a->key[i].signer.blob;
	}
	e = trial_run(&t, w);
	a->enough = e == OK;
	a->backed = e == OK && a->p.kind == KIND_STAGE && w->st.backed;
	if (partial && a->p.kind != KIND_ENDORSE &&
	    (e == ERR_AUTHORITY || e == ERR_PROOF_SURPLUS))
		return OK;
	if (e == ERR_AUTHORITY || e == ERR_PROOF_SURPLUS)
		why = role_short(a);
	if (why != NULL)
		return fail_with(e == ERR_AUTHORITY ? e : ERR_WOULD_REFUSE,
		    "%s", why);
	if (e == ERR_AUTHORITY)
		fail_hint("`encl policy show` says whose signatures it takes; "
			  "--sign-only FILE or --draft collects those of "
			  "several people");
	return refused(e);
}

static int
rank(enum custody c)
{
	switch (c) {
	case CUSTODY_FILE:
	case CUSTODY_SEALED:
		return 0;
	case CUSTODY_DEVICE:
		return 1;
	case CUSTODY_AGENT:
		return 2;
	case CUSTODY_SERVER:
		break;
	}
	return 3;
}

void
act_order(const struct act *a, size_t order[ENTRY_PROOFS])
{
	size_t n = 0;

	for (int r = 0; r <= 3; r++)
		for (size_t i = 0; i < a->key_n; i++)
			if (rank(a->key[i].custody) == r)
				order[n++] = i;
}

/* The definition of the release, for the caller to give back; NULL where there
 * is none, or it is not at hand. */
static json_t *
definition_of(const struct act *a)
{
	json_t *j;

	if (a->definition != NULL)
		return json_incref(shape_lend(a->definition));
	if (a->t == NULL || a->p.kind != KIND_STAGE ||
	    !a->p.u.stage.has_release ||
	    target_definition(a->t, &a->p.u.stage.release.definition, &j) != OK)
		return NULL;
	return j;
}

static void
policy_risks(const struct act *a, struct risks *r)
{
	struct policy *was = mem_new(sizeof *was);

	if (a->p.kind == KIND_GENESIS)
		risk_genesis(&a->p.u.genesis, r);
	if (a->p.kind == KIND_STAGE && !a->p.u.stage.has_release)
		risk_policy(a->t != NULL && state_policy(a->t->st, was) == OK
				? was
				: NULL,
		    &a->p.u.stage.policy, r);
}

void
act_risks(const struct act *a, struct risks *r)
{
	json_auto_t *definition = definition_of(a);
	struct risk_stage s = { .p = &a->p,
		.st = a->t != NULL ? a->t->st : NULL,
		.pinned = a->t != NULL && a->t->pinned,
		.definition = definition,
		.now = value_now(),
		.others = a->proof_n };

	for (size_t i = 0; i < a->key_n; i++)
		switch (a->key[i].custody) {
		case CUSTODY_FILE:
		case CUSTODY_SEALED:
			s.here++;
			break;
		case CUSTODY_SERVER:
			s.server++;
			break;
		case CUSTODY_AGENT:
		case CUSTODY_DEVICE:
			s.others++;
			break;
		}
	r->n = 0;
	risk_stage(&s, r);
	policy_risks(a, r);
	if (a->together)
		risk_together(r);
}

static enum err
sign_one(struct act *a, const struct act_key *k)
{
	uint8_t *sig = mem_new(KEY_SIG_MAX);
	struct proof *f = &a->proof[a->proof_n];
	size_t n;

	if (a->proof_n == ENTRY_PROOFS)
		return ERR_TOO_LARGE;
	TRY(holder_ask(&k->signer, act_called(a, k), a->p.bytes, sig, &n));
	f->kind = PROOF_KEY;
	TRY(kid_of(k, &f->kid));
	f->body = span_of(sig, n);
	a->proof_n++;
	a->made++;
	out_talk("signed by %s\n", out_name(act_called(a, k)));
	return OK;
}

/* Of several keys one failed: what the others signed is no secret that is
 * kept. */
static enum err
sign_all(struct act *a)
{
	size_t order[ENTRY_PROOFS];
	enum err e = OK;

	act_order(a, order);
	for (size_t i = 0; e == OK && i < a->key_n; i++) {
		const struct act_key *k = &a->key[order[i]];

		if (k->signer.sign == NULL)
			continue;
		e = sign_one(a, k);
		if (e != OK && a->made > 0)
			out_talk("%s did not sign; nothing was sent\n",
			    out_name(act_called(a, k)));
	}
	return e;
}

enum err
act_sign(const struct cli *c, struct act *a, bool dry)
{
	const struct ui *ui = ui_of(c);
	struct risks *r = mem_new(sizeof *r);
	const struct maker *makers; /* for the screen */
	size_t here = 0;

	TRY(accept_check(c));
	TRY(evidence_trust_get(c, &makers));
	TRY(screen_show(a));
	if (dry)
		return OK;
	act_risks(a, r);
	TRY(accept_ask(c, r));
	for (size_t i = 0; i < a->key_n; i++)
		here += a->key[i].signer.sign != NULL;
	if (!ui->confirm(ui,
		here > 0 ? "Sign this?" : "Have the server sign this?"))
		return ERR_DECLINED;
	return sign_all(a);
}

enum err
act_statement(struct act *a, struct span *statement)
{
	struct out o = mem_out(ENTRY_MAX);

	TRY(entry_statement_encode(&o, a->p.bytes, a->proof, a->proof_n));
	*statement = out_span(&o);
	return OK;
}

/* The server-held keys among those that are to sign, as JSON. */
static json_t *
held_keys(const struct act *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->key_n; i++)
		if (a->key[i].signer.sign == NULL)
			(void)json_array_append_new(list,
			    json_string(a->key[i].name));
	return list;
}

static char *
draft_path(const char *id, const char *rest)
{
	return mem_printf("/v1/drafts/%s%s", api_segment(id != NULL ? id : ""),
	    rest);
}

void
act_draft_end(const struct act *a, const char *id)
{
	bool failed = fail_detail()[0] != '\0';

	if (api_delete(a->t->conf, draft_path(id, "")) != OK && !failed)
		fail_forget();
}

enum err
act_draft(struct act *a, json_t **j)
{
	json_t *keys = held_keys(a), *first;
	struct span s;
	const char *id;
	enum err e;

	TRY(act_statement(a, &s));
	e = api_post(a->t->conf, "/v1/drafts",
	    json_pack("{s:s,s:o}", "chain", mem_hex(h32_span(&a->t->chain)),
		"statement", view_bytes_base64(s)),
	    &first);
	if (e != OK || json_array_size(keys) == 0) {
		json_decref(keys);
		*j = first;
		return e;
	}
	id = json_string_value(json_object_get(first, "id"));
	id = mem_printf("%s", id != NULL ? id : "");
	json_decref(first);
	e = api_post(a->t->conf, draft_path(id, "/signatures"),
	    json_pack("{s:o}", "keys", keys), j);
	if (e != OK)
		act_draft_end(a, id);
	return e;
}

static enum err
through_draft(struct act *a, json_t **j)
{
	const char *id;
	json_t *draft;
	char *path;

	TRY(act_draft(a, &draft));
	id = json_string_value(json_object_get(draft, "id"));
	path = draft_path(id, "/submit");
	json_decref(draft);
	return api_submit(a->t->conf, path, j);
}

enum err
act_send(struct act *a, json_t **j)
{
	struct span s;

	for (size_t i = 0; i < a->key_n; i++)
		if (a->key[i].signer.sign == NULL)
			return through_draft(a, j);
	TRY(act_statement(a, &s));
	return api_post_cbor(a->t->conf, target_path(a->t, "/entries"), s, j);
}

void
act_end(struct act *a)
{
	for (size_t i = 0; i < a->key_n; i++)
		holder_close(&a->key[i].signer);
	a->key_n = 0;
}
