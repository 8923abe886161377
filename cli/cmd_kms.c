/* SPDX-License-Identifier: ISC */
#include "cmd_kms.h"

#include <stdlib.h>

#include "chain/hash.h"
#include "fail.h"
#include "file.h"
#include "kms/kms_lint.h"
#include "kms/kms_policy.h"
#include "mem.h"
#include "out.h"
#include "pcr_file.h"
#include "target.h"
#include "value.h"
#include "view/view.h"

#define ARNS 32
#define PCR012 UINT32_C(7)
#define FILE_BYTES ((size_t)64 * 1024)

/* The releases that may use the key, and what is known of them. */
struct releases {
	size_t n;
	struct kms_release of[VIEW_FEED_MAY_RUN];
	/* NULL: measurements alone */
	const struct release *release[VIEW_FEED_MAY_RUN];
};

static void
add(struct releases *l, const char *sid, const struct pcrs *p,
    const struct release *r)
{
	l->of[l->n] = (struct kms_release){ sid, p };
	l->release[l->n++] = r;
}

/* The code that may run now. */
static struct release *
may_run(const struct target *t, size_t *n)
{
	struct release *r = mem_new(VIEW_FEED_MAY_RUN * sizeof *r);

	*n = view_feed_may_run(t->st, t->held, value_now(), r);
	return r;
}

/* The open stage's release; NULL when there is none that could still come into
 * force. */
static const struct release *
pending(const struct target *t)
{
	struct stage *g = mem_new(sizeof *g);

	if (t->st->phase == PHASE_OPEN || t->held ||
	    state_stage(t->st, g) != OK || !g->has_release ||
	    g->expires < value_now())
		return NULL;
	return &g->release;
}

/* What may run now; with --pending what is to come, too. */
static enum err
of_chain(const struct cli *c, struct target *t, struct releases *l)
{
	size_t n, old = t->st->release_n > 0;
	struct release *r = may_run(t, &n);
	const struct release *next = pending(t);

	for (size_t i = 0; i < n; i++)
		add(l, i < old ? "ReleaseInForce" : "ReleaseNext", &r[i].pcrs,
		    &r[i]);
	if (n == old && next != NULL && command_is(c, "pending")) {
		out_talk("the pending release could use the key before its "
			 "window is over\n");
		add(l, "ReleaseNext", &next->pcrs, next);
	}
	if (l->n == 0)
		return fail_with(ERR_NO_RELEASE,
		    "%s has no release to give a key to.", t->name);
	return OK;
}

/* The chain that is named, by a file or at the server. */
static enum err
find_chain(const struct cli *c, const char *name, struct target *t)
{
	const char *file = command_value(c, "chain");

	return file != NULL ? target_file(c, file, t) : target_get(c, name, t);
}

static enum err
find_releases(const struct cli *c, struct releases *l, const char **id)
{
	const char *path = command_value(c, "pcrs");
	struct target *t = mem_new(sizeof *t);
	struct view_pcrs_buf *buf = mem_new(sizeof *buf);
	struct pcrs *p = mem_new(sizeof *p);

	if (path != NULL) {
		*id = "encl";
		TRY(pcr_file_read_all(path, PCR012, buf, p));
		add(l, "Release", p, NULL);
		return OK;
	}
	TRY(find_chain(c, command_arg(c, 0), t));
	*id = mem_printf("encl-%s", mem_hex(h32_span(&t->chain)));
	return of_chain(c, t, l);
}

static enum err
arns(const struct cli *c, const char *option, const char **arn, size_t *n)
{
	*n = command_values(c, option, arn, ARNS);
	for (size_t i = 0; i < *n; i++)
		if (!kms_policy_is_principal(arn[i]))
			return fail_with(ERR_USAGE,
			    "--%s takes the ARN of one role, user or account, "
			    "not \"%s\".",
			    option, arn[i]);
	return OK;
}

static enum err
actions(const struct cli *c, const char **action, size_t *n)
{
	*n = command_values(c, "allow", action, ARNS);
	if (*n == 0)
		action[(*n)++] = "Decrypt";
	for (size_t i = 0; i < *n; i++)
		if (!kms_policy_is_attested(action[i]))
			return fail_with(ERR_USAGE,
			    "KMS ties \"%s\" to no attestation.", action[i]);
	return OK;
}

static enum err
hash_of(const json_t *policy, struct h32 *hash)
{
	char *text = kms_policy_canonical(policy);
	enum err e = text != NULL ? hash_sha256(span_str(text), hash)
				  : ERR_OUT_OF_MEMORY;

	free(text);
	return e;
}

/* What a release promised of its key's policy. */
static void
say_promise(const struct release *r, const struct h32 *hash)
{
	if (r == NULL || !r->has_kms)
		return;
	if (h32_eq(&r->kms, hash))
		out_talk("release %s names this policy\n",
		    out_name(mem_string(r->version)));
	else
		out_talk("release %s names another policy: %s\n",
		    out_name(mem_string(r->version)),
		    mem_hex(h32_span(&r->kms)));
}

enum err
cmd_kms_policy(struct cli *c)
{
	const char *host[ARNS], *admin[ARNS], *action[ARNS];
	struct releases l = { 0 };
	struct kms_request q = { .release = l.of,
		.host = host,
		.action = action,
		.admin = admin };
	struct h32 hash;
	json_t *policy;

	TRY(arns(c, "host", host, &q.host_n));
	TRY(arns(c, "admin", admin, &q.admin_n));
	TRY(actions(c, action, &q.action_n));
	if (q.host_n == 0)
		return fail_with(ERR_USAGE,
		    "--host ARN names the role of the machines that run the "
		    "enclave.");
	TRY(find_releases(c, &l, &q.id));
	q.release_n = l.n;
	policy = kms_policy_make(&q);
	if (policy == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(hash_of(policy, &hash));
	for (size_t i = 0; i < l.n; i++)
		say_promise(l.release[i], &hash);
	out_talk("SHA-256 %s\n", mem_hex(h32_span(&hash)));
	return out_json(c, policy);
}

/* The policy in a file, and what is to be said of it by itself. */
static enum err
read_policy(const char *path, json_t **policy, struct span *text,
    struct kms_lint *l)
{
	struct shape_faults f = { 0 };
	enum err e;

	TRY(file_read(path, FILE_BYTES, text));
	e = kms_lint_read(*text, policy, &f);
	if (e == OK)
		kms_lint_run(*policy, l);
	else if (f.n > 0)
		return fail_with(e, "%s is no key policy: %s.", path,
		    out_line(f.fault[0].message));
	return e == OK ? OK : fail_with(e, "%s is no key policy.", path);
}

/* The statement gives the key to this code. */
static bool
is_for(const struct kms_use *u, const struct pcrs *p)
{
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((u->mask & p->mask) >> i & 1)
			if (memcmp(u->value[i], p->value[i], PCR_SIZE) != 0)
				return false;
	return true;
}

/* What is added to l is about a statement: to kms_lint_leave afterwards. */
static size_t
enter_statement(struct kms_lint *l, const json_t *policy, int statement)
{
	size_t was = kms_lint_enter(l, "Statement");

	if (json_is_array(json_object_get(policy, "Statement")))
		(void)kms_lint_enter_item(l, (size_t)statement);
	return was;
}

/* A statement for a release, which also names other registers: whose PCR8 is
 * another was signed by somebody else. */
static void
look_at_use(struct kms_lint *l, const json_t *policy, const struct kms_use *u,
    const struct pcrs *p)
{
	size_t was = enter_statement(l, policy, u->statement);

	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((p->mask & ~u->mask) >> i & 1)
			kms_lint_add(l, KMS_PCR_MISSING, u->statement,
			    "PCR%u, which the release names, is no condition",
			    i);
	kms_lint_leave(l, was);
}

/* A release that must be able to use the key. */
static void
look_at_release(struct kms_lint *l, const struct release *r, const char *which)
{
	for (size_t i = 0; i < l->use_n; i++)
		if (is_for(&l->use[i], &r->pcrs))
			return;
	kms_lint_add(l, KMS_RELEASE_MISSING, -1,
	    "the release %s, %.60s, cannot use the key", which,
	    mem_string(r->version));
}

/* Each use of the key is by one of these releases.  next: of what is none, it
 * may be this one (or NULL). */
static void
look_at_uses(struct kms_lint *l, const json_t *policy, const struct release *r,
    size_t n, const struct release *next)
{
	for (size_t i = 0; i < l->use_n; i++) {
		const struct kms_use *u = &l->use[i];
		size_t k = 0, was;

		while (k < n && !is_for(u, &r[k].pcrs))
			k++;
		if (k < n) {
			look_at_use(l, policy, u, &r[k].pcrs);
			continue;
		}
		was = enter_statement(l, policy, u->statement);
		kms_lint_add(l, KMS_PCRS_OTHER, u->statement, "its PCRs are %s",
		    next != NULL && is_for(u, &next->pcrs)
			? "of a release whose window is not over"
			: "of no release that may run now");
		kms_lint_leave(l, was);
	}
}

/* What the key is given to beside what the chain says. */
static enum err
compare(const struct cli *c, struct kms_lint *l, const json_t *policy)
{
	struct target *t = mem_new(sizeof *t);
	struct release *r;
	struct h32 hash;
	size_t n;

	TRY(find_chain(c, command_arg(c, 1), t));
	TRY(hash_of(policy, &hash));
	r = may_run(t, &n);
	if (t->st->release_n > 0) {
		look_at_release(l, &r[0], "in force");
		if (r[0].has_kms && !h32_eq(&r[0].kms, &hash))
			kms_lint_add(l, KMS_HASH_OTHER, -1,
			    "the release in force, %.60s, names another policy",
			    mem_string(r[0].version));
	}
	look_at_uses(l, policy, r, n, pending(t));
	return OK;
}

static json_t *
findings(const struct kms_lint *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++) {
		const struct kms_finding *f = &l->finding[i];
		json_t *j = json_pack("{s:s,s:s}", "code",
		    kms_lint_name(f->kind), "text", out_line(f->text));

		if (f->statement >= 0)
			(void)json_object_set_new(j, "statement",
			    json_integer(f->statement));
		if (f->line > 0)
			(void)json_object_set_new(j, "line",
			    json_integer((json_int_t)f->line));
		if (f->pointer[0] != '\0')
			(void)json_object_set_new(j, "pointer",
			    json_string(out_line(f->pointer)));
		(void)json_array_append_new(list, j);
	}
	return list;
}

static void
print_findings(const struct kms_lint *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct kms_finding *f = &l->finding[i];

		if (f->line > 0)
			out_data("line %zu: ", f->line);
		if (f->statement >= 0)
			out_data("statement %d: %s: %s\n", f->statement,
			    kms_lint_name(f->kind), out_line(f->text));
		else
			out_data("policy: %s: %s\n", kms_lint_name(f->kind),
			    out_line(f->text));
	}
	if (l->more)
		out_data("and more\n");
}

static enum err
verdict(const struct kms_lint *l)
{
	if (l->n == 0)
		return OK;
	return fail_with(ERR_KMS_POLICY, "%zu finding%s.", l->n,
	    l->n == 1 ? "" : "s");
}

enum err
cmd_kms_lint(struct cli *c)
{
	struct kms_lint *l = mem_new(sizeof *l);
	struct span text;
	struct h32 hash;
	json_t *policy;
	enum err e;

	TRY(read_policy(command_arg(c, 0), &policy, &text, l));
	e = hash_of(policy, &hash);
	if (e == OK && (command_arg(c, 1) != NULL || command_is(c, "chain")))
		e = compare(c, l, policy);
	json_decref(policy);
	TRY(e);
	kms_lint_locate(text, l);
	if (c->format != FORMAT_TABLE) {
		TRY(out_json(c,
		    json_pack("{s:b,s:s,s:o}", "ok", l->n == 0, "sha256",
			mem_hex(h32_span(&hash)), "findings", findings(l))));
		return verdict(l);
	}
	print_findings(l);
	if (l->n == 0)
		out_talk("nothing to say against it; SHA-256 %s\n",
		    mem_hex(h32_span(&hash)));
	return verdict(l);
}

/* "policy.json: line 5: wildcard: the action kms:Put*." */
static const char *
finding_text(const char *path, const struct kms_finding *f)
{
	const char *line = f->line > 0 ? mem_printf("line %zu: ", f->line) : "";

	return mem_printf("%s: %s%s: %s.", path, line, kms_lint_name(f->kind),
	    out_line(f->text));
}

enum err
cmd_kms_hash(const char *path, const struct target *t, const struct release *r,
    struct h32 *hash)
{
	struct kms_lint *l = mem_new(sizeof *l);
	struct release *all = mem_new((VIEW_FEED_MAY_RUN + 1) * sizeof *all);
	const struct release *now;
	struct span text;
	json_t *policy;
	size_t n;
	enum err e;

	TRY(read_policy(path, &policy, &text, l));
	now = may_run(t, &n);
	memcpy(all, now, n * sizeof *all);
	memcpy(&all[n], r, sizeof *r);
	look_at_release(l, r, "that is staged");
	look_at_uses(l, policy, all, n + 1, NULL);
	e = l->n == 0 ? hash_of(policy, hash) : OK;
	json_decref(policy);
	if (e != OK || l->n == 0)
		return e;
	kms_lint_locate(text, l);
	for (size_t i = 1; i < l->n; i++)
		fail_also("%s", finding_text(path, &l->finding[i]));
	return fail_with(ERR_KMS_POLICY, "%s",
	    finding_text(path, &l->finding[0]));
}
