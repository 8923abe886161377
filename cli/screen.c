/* SPDX-License-Identifier: ISC */
#include "screen.h"

#include <stdarg.h>
#include <unistd.h>

#include "chain/hash.h"
#include "fail.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"
#include "root.h"
#include "value.h"
#include "words.h"

static void
line(bool data, const char *head, const char *text)
{
	(data ? out_data : out_talk)("  %-12s %s\n", head, text);
}

static const char *
span_text(struct span s)
{
	return s.p != NULL ? mem_string(s) : "-";
}

#define QUOTED 60 /* bytes in a line; with what is before it less than 80 */

/* As much of s as one line takes, in whole characters. */
static size_t
quoted(struct span s)
{
	size_t n = QUOTED;

	if (s.n <= n)
		return s.n;
	while (n > 0 && (s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* What somebody else wrote.  Where a terminal broke a long line, the rest could
 * look like one of ours; so each line of it is short and begins with a bar. */
static void
quote(bool data, const char *head, struct span s)
{
	do {
		size_t n = quoted(s);

		line(data, head,
		    mem_printf("| %.*s", (int)n, (const char *)s.p));
		s = span_of(s.p + n, s.n - n);
		head = "";
	} while (s.n > 0);
}

/* One value that may have changed. */
static void
change(bool data, const char *head, const char *was, const char *now)
{
	if (was == NULL || strcmp(was, now) == 0)
		line(data, head,
		    was == NULL ? now : mem_printf("%s   same", now));
	else
		line(data, head, mem_printf("%s  ->  %s   CHANGED", was, now));
}

static const char *
pcr_hex(const struct pcrs *p, unsigned i)
{
	if (p == NULL || (p->mask >> i & 1) == 0)
		return NULL;
	return mem_hex(span_of(p->value[i], PCR_SIZE));
}

void
screen_pcrs(const struct pcrs *was, const struct pcrs *now, bool data)
{
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		const char *a = pcr_hex(was, i), *b = pcr_hex(now, i);
		const char *head = mem_printf("PCR%u", i);

		if (b == NULL)
			continue;
		if (a == NULL) {
			line(data, head, b);
		} else if (strcmp(a, b) == 0) {
			line(data, head, mem_printf("%.16s...   same", b));
		} else {
			line(data, head, mem_printf("was %s", a));
			line(data, "   CHANGED", mem_printf("now %s", b));
		}
	}
}

#define NAME_BESIDE 12 /* what fits beside a fingerprint and its mark */

static void
show_key(bool data, const char *head, const struct key *k, const char *mark)
{
	bool beside = k->name.n <= NAME_BESIDE;

	line(data, head,
	    mem_printf("%s%s%s%s", pubkey_fingerprint(&k->kid),
		beside ? "  " : "", beside ? span_text(k->name) : "", mark));
	if (!beside)
		quote(data, "", k->name);
	if (k->has_evidence)
		line(data, "",
		    mem_printf("evidence %s", mem_hex(h32_span(&k->evidence))));
}

/* The keys of one role, was and now; was may be NULL. */
static void
show_keys(bool data, const char *head, const struct keyset *was,
    const struct keyset *now)
{
	for (size_t i = 0; i < now->n; i++, head = "") {
		bool is_new =
		    was != NULL && policy_key_index(was, &now->key[i].kid) < 0;

		show_key(data, head, &now->key[i], is_new ? "  ADDED" : "");
	}
	for (size_t i = 0; was != NULL && i < was->n; i++) {
		if (policy_key_index(now, &was->key[i].kid) < 0) {
			show_key(data, head, &was->key[i], "  REMOVED");
			head = "";
		}
	}
	if (now->n == 0)
		line(data, head, "none");
}

static const char *
number(uint64_t n, size_t of)
{
	return mem_printf("%llu of %zu", (unsigned long long)n, of);
}

void
screen_policy(const struct policy *was, const struct policy *now, bool data)
{
	struct keyset none = { .n = 0 };
	const struct keyset *e = now->has_endorsers ? &now->endorsers : &none;
	const struct keyset *w =
	    was != NULL && was->has_endorsers ? &was->endorsers : &none;

	show_keys(data, "control", was ? &was->control : NULL, &now->control);
	change(data, "threshold",
	    was ? number(was->threshold, was->control.n) : NULL,
	    number(now->threshold, now->control.n));
	show_keys(data, "guardians", was ? &was->guardians : NULL,
	    &now->guardians);
	if (e->n > 0 || w->n > 0) {
		show_keys(data, "endorsers", was ? w : NULL, e);
		change(data, "endorsements",
		    was ? number(was->endorser_threshold, w->n) : NULL,
		    number(now->endorser_threshold, e->n));
	}
	change(data, "window", was ? value_duration_text(was->min_delay) : NULL,
	    value_duration_text(now->min_delay));
	change(data, "upgradable",
	    was ? (was->upgradable ? "yes" : "no") : NULL,
	    now->upgradable ? "yes" : "no");
	change(data, "PCRs", was ? words_indexes(was->pcrs) : NULL,
	    words_indexes(now->pcrs));
}

/* The same as change, of what somebody else wrote. */
static void
wrote(const char *head, const struct span *was, struct span now)
{
	if (now.n + (was ? was->n : 0) <= QUOTED - 20) {
		change(false, head, was ? span_text(*was) : NULL,
		    span_text(now));
		return;
	}
	if (was != NULL && !span_eq(*was, now)) {
		quote(false, head, was->p != NULL ? *was : span_str("-"));
		head = "   CHANGED";
	}
	quote(false, head, now.p != NULL ? now : span_str("-"));
}

static void
show_release(const struct release *was, const struct release *now)
{
	screen_pcrs(was ? &was->pcrs : NULL, &now->pcrs, false);
	wrote("version", was ? &was->version : NULL, now->version);
	if (now->image.p != NULL || (was && was->image.p != NULL))
		wrote("image", was ? &was->image : NULL, now->image);
	change(false, "definition",
	    was ? mem_hex(h32_span(&was->definition)) : NULL,
	    mem_hex(h32_span(&now->definition)));
	if (now->has_svn || (was && was->has_svn))
		change(false, "svn",
		    was ? mem_printf("%llu", (unsigned long long)was->svn)
			: NULL,
		    mem_printf("%llu", (unsigned long long)now->svn));
	if (now->has_eif)
		line(false, "eif", mem_hex(h32_span(&now->eif)));
	if (now->has_kms)
		line(false, "kms policy", mem_hex(h32_span(&now->kms)));
	if (now->repo.p == NULL) {
		line(false, "source", "not said");
	} else {
		quote(false, "source", now->repo);
		quote(false, "commit", now->commit);
	}
	if (now->build.p != NULL && now->build.n > 0)
		quote(false, "build", now->build);
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
		show_release(release ? was : NULL, &g->release);
	else
		screen_policy(policy ? now : NULL, &g->policy, false);
	if (st != NULL && !release)
		line(false, "takes effect",
		    mem_printf("when the enclave runs; a first release has "
			       "no window; not before %s",
			value_time_text(g->not_before)));
	else
		line(false, "takes effect",
		    mem_printf("%s after its notice%s, not before %s",
			value_duration_text(g->delay),
			policy ? mem_printf(" (the policy asks for %s)",
				     value_duration_text(now->min_delay))
			       : "",
			value_time_text(g->not_before)));
	line(false, "expires", value_time_text(g->expires));
	if (policy)
		wrote("revocable by", NULL,
		    span_str(words_revokers(now, !g->has_release, false)));
	if (g->notes.p != NULL)
		quote(false, "notes", g->notes);
}

static void
show_genesis(const struct genesis *g)
{
	line(false, "label", span_text(g->label));
	line(false, "root", root_text(&g->root));
	line(false, "floor",
	    mem_printf("%s (no window can ever be shorter)",
		value_duration_text(g->floor)));
	screen_policy(NULL, &g->policy, false);
	wrote("can revoke", NULL,
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

	line(false, "stage", mem_hex(h32_span(stage)));
	if (a->t == NULL)
		return;
	if (!is_open(a, stage)) {
		line(false, "", "which is not open now");
		return;
	}
	if (state_stage(a->t->st, g) != OK)
		return;
	line(false, "",
	    g->has_release
		? mem_printf("version %s", span_text(g->release.version))
		: "a change of the policy");
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
			quote(false, "method", p->u.endorse.method);
		break;
	case KIND_REVOKE:
		show_named(a, &p->u.revoke.stage);
		quote(false, "reason", p->u.revoke.reason);
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
		line(false, "chain", mem_hex(h32_span(&a->t->chain)));
		line(false, "head",
		    mem_printf("%s (entry %llu; the whole chain was "
			       "verified here)",
			mem_hex(h32_span(&a->t->st->head)),
			(unsigned long long)a->t->st->next_seq - 1));
		line(false, "pinned",
		    a->t->pinned
			? mem_printf("as %s at %s", a->t->pin.name,
			      a->t->pin.server)
			: "NO: compare the chain id with what you know");
	} else if (a->p.kind != KIND_GENESIS) {
		line(false, "chain", mem_hex(h32_span(payload_chain(&a->p))));
		line(false, "",
		    "NOT COMPARED with any chain: --chain FILE brings one");
	}
}

static bool
is_control(const struct policy *p, const struct h32 *kid)
{
	return policy_key_index(&p->control, kid) >= 0;
}

/* "2 of 3 control keys, ", of the policy that decides. */
static const char *
counted(const struct act *a)
{
	struct policy *p = mem_new(sizeof *p);
	struct h32 kid;
	unsigned n = 0;

	if (a->p.kind == KIND_GENESIS)
		*p = a->p.u.genesis.policy;
	else if (a->p.kind != KIND_STAGE || state_policy(a->t->st, p) != OK)
		return "";
	for (size_t i = 0; i < a->proof_n; i++)
		n += is_control(p, &a->proof[i].kid);
	for (size_t i = 0; i < a->key_n; i++)
		n += hash_sha256(a->key[i].signer.blob, &kid) == OK &&
		     is_control(p, &kid);
	return mem_printf("%u of %llu control keys that it takes, ", n,
	    (unsigned long long)p->threshold);
}

static void
show_signers(const struct act *a)
{
	const char *now = "", *before = "";

	for (size_t i = 0; i < a->key_n; i++)
		now = mem_printf("%s%s%s%s", now, i > 0 ? ", " : "",
		    a->key[i].name,
		    a->key[i].signer.sign == NULL ? " (by the server)" : "");
	for (size_t i = 0; i < a->proof_n; i++)
		before = mem_printf("%s%s%s", before, i > 0 ? ", " : "",
		    pubkey_fingerprint(&a->proof[i].kid));
	if (a->proof_n > 0)
		line(false, "signed by", before);
	if (a->key_n > 0)
		line(false, "signs now", now);
	/* A late warning is judged by whoever hears it. */
	if (a->t != NULL && a->p.kind == KIND_REVOKE &&
	    !is_open(a, &a->p.u.revoke.stage))
		return;
	if (a->t != NULL || a->p.kind == KIND_GENESIS)
		line(false, "signatures",
		    mem_printf("%s%s", counted(a),
			a->enough ? "enough with these"
				  : "more are needed after these"));
}

enum err
screen_show(const struct act *a)
{
	struct h32 h;

	TRY(hash_sha256(a->p.bytes, &h));
	out_talk("\n");
	out_bold(STDERR_FILENO, true);
	out_talk("  %s %s%s%s",
	    a->key_n > 0 ? "YOU ARE ABOUT TO SIGN" : "THIS IS", title(&a->p),
	    a->t != NULL ? " of " : "", a->t != NULL ? a->t->name : "");
	out_bold(STDERR_FILENO, false);
	out_talk("\n");
	show_chain(a);
	show_content(a);
	show_signers(a);
	line(false, "bytes",
	    mem_printf("%zu, SHA-256 %s", a->p.bytes.n,
		words_grouped(h32_span(&h))));
	out_talk("\n");
	return OK;
}
