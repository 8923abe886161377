/* SPDX-License-Identifier: ISC */
#include "screen.h"

#include <unistd.h>

#include "accept.h"
#include "chain/hash.h"
#include "definition_changes.h"
#include "fail.h"
#include "lines.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"
#include "role.h"
#include "root.h"
#include "value.h"
#include "words.h"

/* A statement can come without the definition that it names: then the risk
 * of that is said. */
static void
show_changes(const struct act *a, const struct release *was,
    const struct release *now)
{
	json_t *changes;

	if ((a->t == NULL && a->definition == NULL) ||
	    (was != NULL && h32_eq(&was->definition, &now->definition)))
		return;
	if (definition_changes_of(a->t, was, now, a->definition, &changes) !=
	    OK) {
		fail_forget();
		return;
	}
	if (was != NULL && json_array_size(changes) == 0)
		lines_put(false, "", "written otherwise, and means the same");
	definition_changes_print(false, changes);
	json_decref(changes);
}

static void
show_release(const struct act *a, const struct release *was,
    const struct release *now)
{
	screen_pcrs(was ? &was->pcrs : NULL, &now->pcrs, false);
	lines_wrote("version", was ? &was->version : NULL, now->version);
	if (now->image.p != NULL || (was && was->image.p != NULL))
		lines_wrote("image", was ? &was->image : NULL, now->image);
	lines_change(false, "definition",
	    was ? mem_hex(h32_span(&was->definition)) : NULL,
	    mem_hex(h32_span(&now->definition)));
	show_changes(a, was, now);
	if (now->has_svn || (was && was->has_svn))
		lines_change(false, "svn",
		    was ? mem_printf("%llu", (unsigned long long)was->svn)
			: NULL,
		    mem_printf("%llu", (unsigned long long)now->svn));
	if (now->has_eif)
		lines_put(false, "eif", mem_hex(h32_span(&now->eif)));
	if (now->has_kms)
		lines_put(false, "kms policy", mem_hex(h32_span(&now->kms)));
	if (now->repo.p == NULL) {
		lines_put(false, "source", "not said");
	} else {
		lines_quote(false, "source", now->repo);
		lines_quote(false, "commit", now->commit);
	}
	if (now->build.p != NULL && now->build.n > 0)
		lines_quote(false, "build", now->build);
}

static void
show_stage(const struct act *a, const struct stage *g)
{
	const struct state *st = a->t != NULL ? a->t->st : NULL;
	struct policy *now = mem_new(sizeof *now);
	struct release *was = mem_new(sizeof *was);
	bool policy = st != NULL && state_policy(st, now) == OK;
	bool release =
	    st != NULL && st->release_n > 0 && state_release(st, was) == OK;

	if (g->has_release)
		show_release(a, release ? was : NULL, &g->release);
	else
		screen_policy(policy ? now : NULL, &g->policy, false);
	if (st != NULL && !release)
		lines_put(false, "takes effect",
		    mem_printf("when the enclave runs; a first release has "
			       "no window; not before %s",
			value_time_text(g->not_before)));
	else
		lines_put(false, "takes effect",
		    mem_printf("%s after its notice%s, not before %s",
			value_duration_text(g->delay),
			policy ? mem_printf(" (the policy asks for %s)",
				     value_duration_text(now->min_delay))
			       : "",
			value_time_text(g->not_before)));
	lines_put(false, "expires", value_time_text(g->expires));
	if (a->backed)
		lines_put(false, "backed",
		    "by a majority of the guardians; control keys cannot "
		    "revoke it");
	if (policy)
		lines_wrote("revocable by", NULL,
		    span_str(words_revokers(now, !g->has_release, a->backed)));
	if (g->notes.p != NULL)
		lines_quote(false, "notes", g->notes);
}

static void
show_genesis(const struct genesis *g)
{
	lines_wrote("label", NULL, g->label);
	lines_put(false, "root", root_text(&g->root));
	lines_put(false, "floor",
	    mem_printf("%s (no window can ever be shorter)",
		value_duration_text(g->floor)));
	screen_policy(NULL, &g->policy, false);
	lines_wrote("can revoke", NULL,
	    span_str(words_revokers(&g->policy, false, false)));
}

static bool
is_open(const struct act *a, const struct h32 *stage)
{
	return a->t->st->phase != PHASE_OPEN &&
	       h32_eq(stage, &a->t->st->stage_id);
}

/* The stage that a revocation or an endorsement names. */
static void
show_named(const struct act *a, const struct h32 *stage)
{
	struct stage *g = mem_new(sizeof *g);

	lines_put(false, "stage", mem_hex(h32_span(stage)));
	if (a->t == NULL)
		return;
	if (!is_open(a, stage)) {
		lines_put(false, "", "which is not open now");
		return;
	}
	if (state_stage(a->t->st, g) != OK)
		return;
	if (g->has_release)
		lines_wrote("version", NULL, g->release.version);
	else
		lines_put(false, "", "a change of the policy");
}

static void
show_content(const struct act *a)
{
	const struct payload *p = &a->p;

	switch (p->kind) {
	case KIND_GENESIS:
		show_genesis(&p->u.genesis);
		break;
	case KIND_STAGE:
		show_stage(a, &p->u.stage);
		break;
	case KIND_ENDORSE:
		show_named(a, &p->u.endorse.stage);
		if (p->u.endorse.has_pcrs)
			screen_pcrs(NULL, &p->u.endorse.pcrs, false);
		if (p->u.endorse.method.p != NULL)
			lines_quote(false, "method", p->u.endorse.method);
		break;
	case KIND_REVOKE:
		show_named(a, &p->u.revoke.stage);
		lines_quote(false, "reason", p->u.revoke.reason);
		break;
	case KIND_RECEIPT:
		break;
	}
}

static const char *
title(const struct payload *p)
{
	switch (p->kind) {
	case KIND_GENESIS:
		return "the beginning of a chain";
	case KIND_STAGE:
		return p->u.stage.has_release ? "an upgrade"
					      : "a change of the policy";
	case KIND_ENDORSE:
		return "an endorsement";
	case KIND_REVOKE:
		return "a revocation";
	case KIND_RECEIPT:
		break;
	}
	return "a statement";
}

static void
show_chain(const struct act *a)
{
	if (a->t != NULL) {
		lines_put(false, "chain", mem_hex(h32_span(&a->t->chain)));
		lines_put(false, "head",
		    mem_printf("%s (entry %llu; the whole chain was "
			       "verified here)",
			mem_hex(h32_span(&a->t->st->head)),
			(unsigned long long)a->t->st->next_seq - 1));
		lines_put(false, "pinned",
		    a->t->pinned
			? mem_printf("as %s at %s", out_name(a->t->pin.name),
			      out_name(a->t->pin.server))
			: "NO: compare the chain id with what you know");
	} else if (a->p.kind != KIND_GENESIS) {
		lines_put(false, "chain",
		    mem_hex(h32_span(payload_chain(&a->p))));
		lines_put(false, "",
		    "NOT COMPARED with any chain: --chain FILE brings one");
	}
}

static const char *
custody_words(const struct act_key *k)
{
	static const char *const words[] = {
		[CUSTODY_FILE] = "in a file, under a passphrase",
		[CUSTODY_SEALED] = "sealed: a file and a device open it",
		[CUSTODY_SERVER] = "in the server's signer",
		[CUSTODY_AGENT] = "wherever the agent keeps it",
		[CUSTODY_DEVICE] = "in a device",
	};
	enum key_type type;

	if (k->custody == CUSTODY_AGENT &&
	    key_parse(k->signer.blob, &type, NULL, NULL) == OK &&
	    key_is_sk(type))
		return "in a FIDO2 token, through an agent";
	return words[k->custody];
}

static void
show_holder(const struct act *a, const struct act_key *k, const char *head)
{
	struct h32 kid;

	if (hash_sha256(k->signer.blob, &kid) != OK)
		return;
	lines_key(false, head, pubkey_fingerprint(&kid),
	    span_str(act_called(a, k)), "");
	lines_put(false, "", custody_words(k));
	lines_quote(false, "", span_str(k->ref));
}

/* The name of a key that has signed, where a policy at hand has it. */
static struct span
name_in(const struct policy *p, const struct h32 *kid)
{
	const struct key *k = p != NULL ? pubkey_in_policy(p, kid) : NULL;

	return k != NULL ? k->name : span_of(NULL, 0);
}

static void
show_made(const struct act *a)
{
	struct policy *p = mem_new(sizeof *p);
	const struct policy *known = NULL;

	if (a->p.kind == KIND_GENESIS)
		known = &a->p.u.genesis.policy;
	else if (a->t != NULL && state_policy(a->t->st, p) == OK)
		known = p;
	for (size_t i = 0; i < a->proof_n; i++)
		lines_key(false, i == 0 ? "signed by" : "",
		    pubkey_fingerprint(&a->proof[i].kid),
		    name_in(known, &a->proof[i].kid),
		    act_verified(a, &a->proof[i].kid) ? "" : "  NOT VERIFIED");
}

static void
show_signers(const struct act *a)
{
	const char *counted = "";
	unsigned long long n, takes;
	size_t order[ENTRY_PROOFS];

	show_made(a);
	act_order(a, order);
	for (size_t i = 0; i < a->key_n; i++)
		show_holder(a, &a->key[order[i]], i == 0 ? "signs now" : "");
	/* A late warning is judged by whoever hears it. */
	if (a->t != NULL && a->p.kind == KIND_REVOKE &&
	    !is_open(a, &a->p.u.revoke.stage))
		return;
	if (a->t == NULL && a->p.kind != KIND_GENESIS)
		return;
	if (role_counted(a, &n, &takes))
		counted =
		    mem_printf("%llu of %llu control keys that it takes, ", n,
			takes);
	lines_put(false, "signatures",
	    mem_printf("%s%s", counted,
		a->enough ? "enough with these"
			  : "more are needed after these"));
}

enum err
screen_show(const struct act *a)
{
	struct risks *r = mem_new(sizeof *r);
	struct h32 h;

	TRY(hash_sha256(a->p.bytes, &h));
	out_talk("\n");
	out_bold(STDERR_FILENO, true);
	out_talk("  %s %s%s%s",
	    a->key_n > 0 ? "YOU ARE ABOUT TO SIGN" : "THIS IS", title(&a->p),
	    a->t != NULL ? " of " : "",
	    a->t != NULL ? out_name(a->t->name) : "");
	out_bold(STDERR_FILENO, false);
	out_talk("\n");
	show_chain(a);
	show_content(a);
	show_signers(a);
	act_risks(a, r);
	accept_show(r);
	lines_put(false, "bytes",
	    mem_printf("%zu, SHA-256 %s", a->p.bytes.n,
		words_grouped(h32_span(&h))));
	out_talk("\n");
	return OK;
}
