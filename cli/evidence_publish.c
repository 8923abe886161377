/* SPDX-License-Identifier: ISC */
#include "evidence_publish.h"

#include "api.h"
#include "chain/hardware.h"
#include "evidence_store.h"
#include "evidence_trust.h"
#include "fail.h"
#include "keys/ui.h"
#include "lines.h"
#include "mem.h"
#include "out.h"
#include "problem.h"
#include "pubkey.h"

/* What there is to show. */
struct showing {
	size_t n;
	struct shown {
		const struct key *key;
		struct span bundle;
	} of[2 * HARDWARE_KEYS];
};

static bool
has(const struct showing *s, const struct h32 *sha256)
{
	for (size_t i = 0; i < s->n; i++)
		if (h32_eq(&s->of[i].key->evidence, sha256))
			return true;
	return false;
}

static void
gather(const struct policy *p, struct showing *s)
{
	struct hardware_key key[HARDWARE_KEYS];
	size_t n = hardware_keys(p, key);

	for (size_t i = 0; i < n; i++) {
		struct shown *w = &s->of[s->n];

		if (!key[i].key->has_evidence ||
		    has(s, &key[i].key->evidence) ||
		    !evidence_store_get(&key[i].key->evidence, &w->bundle))
			continue;
		w->key = key[i].key;
		s->n++;
	}
}

static const char *
serial(const struct shown *w, const struct maker *r)
{
	struct hardware h;

	hardware_judge(w->key, w->bundle, r->root, r->root_n, &h);
	if (h.kind == HARDWARE_SHOWN && h.ev.has_serial)
		return mem_printf("serial number %u", (unsigned)h.ev.serial);
	return "not verified here; it may name a serial number";
}

static enum err
ask(const struct cli *c, const struct showing *s)
{
	const struct maker *r;
	const struct ui *ui = ui_of(c);

	TRY(evidence_trust_get(c, &r));
	out_talk("\nThis shows everybody who can see the chain, for ever, "
		 "which device holds these keys:\n");
	for (size_t i = 0; i < s->n; i++) {
		const struct key *k = s->of[i].key;

		lines_key(false, i == 0 ? "keys" : "",
		    pubkey_fingerprint(&k->kid), k->name, "");
		lines_put(false, "", serial(&s->of[i], r));
	}
	out_talk("\n");
	return ui->confirm(ui, "Publish this?") ? OK : ERR_DECLINED;
}

static enum err
send(const struct conf *k, const struct h32 *chain, const struct shown *w)
{
	const struct api_request q = { .method = "POST",
		.path = mem_printf("/v1/chains/%s/evidence",
		    mem_hex(h32_span(chain))),
		.body = w->bundle,
		.type = "application/pem-certificate-chain",
		.safe = true };
	struct api_answer a;

	TRY(api_call(k, &q, &a));
	TRY(problem_judge(&a));
	out_talk("%s\n",
	    a.status == 200 ? "it was published already" : "published");
	return OK;
}

enum err
evidence_publish(const struct cli *c, const struct conf *k,
    const struct h32 *chain, const struct policy *a, const struct policy *b)
{
	struct showing *s = mem_new(sizeof *s);

	gather(a, s);
	if (b != NULL)
		gather(b, s);
	if (s->n == 0)
		return fail_with(ERR_NOT_FOUND,
		    "No evidence that the policy names is at hand here.");
	TRY(ask(c, s));
	for (size_t i = 0; i < s->n; i++)
		TRY(send(k, chain, &s->of[i]));
	return OK;
}

enum err
evidence_publish_asked(const struct cli *c, const struct conf *k,
    const struct h32 *chain, const struct policy *p)
{
	enum err e = evidence_publish(c, k, chain, p, NULL);

	if (e != ERR_DECLINED && e != ERR_NOT_FOUND)
		return e;
	fail_forget();
	out_talk("no evidence was published; `encl key publish-evidence` "
		 "does it later\n");
	return OK;
}
