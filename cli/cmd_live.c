/* SPDX-License-Identifier: ISC */
#include "cmd_live.h"

#include <sodium.h>

#include "fail.h"
#include "history.h"
#include "live.h"
#include "mem.h"
#include "out.h"
#include "value.h"
#include "view/view.h"

/* What the chain says of the code that runs. */
struct finding {
	const char *status; /* "in_force", "pending", "retired", "unknown" */
	const char *why;    /* for people */
	const struct history_row *row; /* NULL: it stands nowhere */
	bool may_run;
};

static enum err
fetch(const struct cli *c, const struct target *t,
    const uint8_t nonce[LIVE_NONCE], struct live *l)
{
	const char *via = command_value(c, "via");
	const char *url = command_value(c, "url");
	const struct conf *k;

	if (url == NULL)
		return fail_with(ERR_USAGE, "Where? --url says.");
	if (via == NULL || strcmp(via, "countersign") == 0)
		return live_countersign(url, t, nonce, l);
	TRY(conf_get(c, &k));
	return strcmp(via, "evervault") == 0
		   ? live_http_evervault(k, url, l)
		   : live_http_enclaver(k, url, nonce, l);
}

static enum err
check(const struct live *l, const struct target *t, struct span nonce,
    struct attest *a)
{
	TRY(attest_parse(l->doc, a));
	TRY(attest_verify(a, &t->st->root, value_now(), NULL));
	if (attest_is_debug(a))
		return ERR_DOC_DEBUG;
	if (l->ours)
		return receipt_live_check(a, &t->chain, &t->st->head, nonce);
	if (l->tls_key.n > 0 && !a->user_data.present)
		return fail_with(ERR_LIVE_TLS_KEY, "The document names none.");
	if (l->tls_key.n > 0 && !span_eq(a->user_data.v, l->tls_key))
		return ERR_LIVE_TLS_KEY;
	if (l->challenged && !(a->nonce.present && span_eq(a->nonce.v, nonce)))
		return ERR_LIVE_NONCE;
	return OK;
}

/* Of several stages of the same code that says most which ran last. */
static int
weight(enum history_end end)
{
	switch (end) {
	case HISTORY_IN_FORCE:
		return 4;
	case HISTORY_STAGED:
	case HISTORY_NOTICED:
		return 3;
	case HISTORY_RETIRED:
		return 2;
	case HISTORY_REVOKED:
	case HISTORY_LAPSED:
	case HISTORY_REPLACED:
		break;
	}
	return 1;
}

static enum err
find(const struct target *t, const struct pcrs *have, struct finding *f)
{
	const struct history_row *row;
	struct policy *p = mem_new(sizeof *p);
	size_t n;

	*f = (struct finding){ "unknown", "no release of this chain", NULL,
		false };
	TRY(state_policy(t->st, p));
	TRY(history_of(t, &row, &n));
	for (size_t i = 0; i < n; i++)
		if (row[i].g.has_release &&
		    pcr_covers(have, &row[i].g.release.pcrs, p->pcrs) &&
		    (f->row == NULL ||
			weight(row[i].end) >= weight(f->row->end)))
			f->row = &row[i];
	return OK;
}

static void
judge_pending(const struct target *t, struct finding *f)
{
	f->status = "pending";
	f->may_run = view_feed_handover(t->st, t->held, value_now());
	f->why = f->may_run ? "the chain is being handed over to it"
		 : t->held  ? "a guardian has revoked it"
			    : "clients must not trust it yet";
}

static void
judge(const struct target *t, struct finding *f)
{
	if (f->row == NULL)
		return;
	switch (f->row->end) {
	case HISTORY_IN_FORCE:
		f->status = "in_force";
		f->why = "what the chain has in force";
		f->may_run = true;
		break;
	case HISTORY_STAGED:
	case HISTORY_NOTICED:
		judge_pending(t, f);
		break;
	case HISTORY_RETIRED:
		f->status = "retired";
		f->why = "an earlier release, which has let go";
		break;
	case HISTORY_REVOKED:
		f->why = "it was staged and revoked";
		break;
	case HISTORY_LAPSED:
	case HISTORY_REPLACED:
		f->why = "it was staged and never came into force";
		break;
	}
}

static const char *
version(const struct finding *f)
{
	return f->row != NULL ? out_name(mem_string(f->row->g.release.version))
			      : NULL;
}

static enum err
print(const struct cli *c, const struct target *t, const struct live *l,
    const struct attest *a, const struct finding *f)
{
	static const uint8_t zero[PCR_SIZE];

	if (c->format != FORMAT_TABLE)
		return out_json(c,
		    json_pack("{s:s,s:o,s:s,s:s?,s:b,s:b,s:b,s:o}", "enclave",
			out_line(t->name), "chain", view_bytes_h32(&t->chain),
			"status", f->status, "version", version(f), "may_run",
			f->may_run, "challenged", l->challenged, "tls_key",
			l->tls_key.n > 0, "document", view_document(a)));
	out_data("status      %s%s%s: %s\n", f->status,
	    f->row != NULL ? ", version " : "",
	    f->row != NULL ? version(f) : "", f->why);
	out_data("module      %s\n", mem_string(a->module_id));
	out_data("time        %s%s\n", value_time_text(a->timestamp),
	    l->challenged ? ", after our challenge"
			  : ", to no challenge: what ran then may have gone");
	if (l->tls_key.n > 0)
		out_data("TLS         the connection's key is the one that the "
			 "document names\n");
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((a->pcrs.mask >> i & 1) &&
		    memcmp(a->pcrs.value[i], zero, PCR_SIZE) != 0)
			out_data("PCR%-8u %s\n", i,
			    mem_hex(span_of(a->pcrs.value[i], PCR_SIZE)));
	return OK;
}

enum err
cmd_live_run(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	const char *file = command_value(c, "chain");
	uint8_t nonce[LIVE_NONCE];
	struct live l = { 0 };
	enum err e;
	struct attest a;
	struct finding f;

	if (file != NULL)
		TRY(target_file(c, file, t));
	else
		TRY(target_get(c, command_arg(c, 0), t));
	randombytes_buf(nonce, sizeof nonce);
	e = fetch(c, t, nonce, &l);
	if (e == ERR_LIVE_AHEAD && file == NULL) {
		/* Perhaps the chain went on since it was fetched. */
		fail_forget();
		TRY(target_again(c, t));
		e = fetch(c, t, nonce, &l);
	}
	TRY(e);
	TRY(check(&l, t, span_of(nonce, sizeof nonce), &a));
	if (l.challenged && !l.ours)
		out_talk("whoever reaches that interface gets documents of "
			 "this code that say what he likes, receipts among "
			 "them\n");
	TRY(find(t, &a.pcrs, &f));
	judge(t, &f);
	TRY(print(c, t, &l, &a, &f));
	return f.may_run ? OK : ERR_LIVE_OTHER;
}
