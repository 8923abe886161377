/* SPDX-License-Identifier: ISC */
#include "evidence_say.h"
#include "lines.h"
#include "mem.h"
#include "pubkey.h"
#include "screen.h"
#include "value.h"
#include "words.h"

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
			lines_put(data, head, b);
		} else if (strcmp(a, b) == 0) {
			lines_put(data, head, mem_printf("%.16s...   same", b));
		} else {
			lines_put(data, head, mem_printf("was %s", a));
			lines_put(data, "   CHANGED", mem_printf("now %s", b));
		}
	}
}

static void
show_key(bool data, const char *head, const struct key *k, const char *mark)
{
	lines_key(data, head, pubkey_fingerprint(&k->kid), k->name, mark);
	if (k->has_evidence)
		lines_put(data, "", evidence_say_key(k));
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
		lines_put(data, head, "none");
}

static const char *
number(uint64_t n, size_t of)
{
	return mem_printf("%llu of %zu", (unsigned long long)n, of);
}

static const struct span *
find_witness(const struct policy *p, struct span vkey)
{
	for (size_t i = 0; p != NULL && p->has_witnesses && i < p->witness_n;
	     i++)
		if (span_eq(p->witness[i], vkey))
			return &p->witness[i];
	return NULL;
}

/* The whole verifier key: its name alone says nothing. */
static void
show_witnesses(bool data, const struct policy *was, const struct policy *now)
{
	const char *head = "witnesses";

	for (size_t i = 0; now->has_witnesses && i < now->witness_n; i++) {
		bool is_new =
		    was != NULL && find_witness(was, now->witness[i]) == NULL;

		lines_put(data, head,
		    mem_printf("%s%s", mem_string(now->witness[i]),
			is_new ? "  ADDED" : ""));
		head = "";
	}
	for (size_t i = 0;
	     was != NULL && was->has_witnesses && i < was->witness_n; i++) {
		if (find_witness(now, was->witness[i]) != NULL)
			continue;
		lines_put(data, head,
		    mem_printf("%s  REMOVED", mem_string(was->witness[i])));
		head = "";
	}
}

static const char *
log_text(const struct policy *p)
{
	return p->has_witnesses
		   ? mem_printf("%s, key %s", mem_string(p->log_name),
			 mem_hex(h32_span(&p->log_key)))
		   : "none";
}

static void
show_log(bool data, const struct policy *was, const struct policy *now)
{
	if (!now->has_witnesses && (was == NULL || !was->has_witnesses))
		return;
	show_witnesses(data, was, now);
	lines_change(data, "vouching",
	    was ? number(was->has_witnesses ? was->witness_threshold : 0,
		      was->has_witnesses ? was->witness_n : 0)
		: NULL,
	    number(now->has_witnesses ? now->witness_threshold : 0,
		now->has_witnesses ? now->witness_n : 0));
	lines_change(data, "log", was ? log_text(was) : NULL, log_text(now));
}

void
screen_policy(const struct policy *was, const struct policy *now, bool data)
{
	struct keyset none = { .n = 0 };
	const struct keyset *e = now->has_endorsers ? &now->endorsers : &none;
	const struct keyset *w =
	    was != NULL && was->has_endorsers ? &was->endorsers : &none;

	show_keys(data, "control", was ? &was->control : NULL, &now->control);
	lines_change(data, "threshold",
	    was ? number(was->threshold, was->control.n) : NULL,
	    number(now->threshold, now->control.n));
	show_keys(data, "guardians", was ? &was->guardians : NULL,
	    &now->guardians);
	if (e->n > 0 || w->n > 0) {
		show_keys(data, "endorsers", was ? w : NULL, e);
		lines_change(data, "endorsements",
		    was ? number(was->endorser_threshold, w->n) : NULL,
		    number(now->endorser_threshold, e->n));
	}
	show_log(data, was, now);
	lines_change(data, "window",
	    was ? value_duration_text(was->min_delay) : NULL,
	    value_duration_text(now->min_delay));
	lines_change(data, "upgradable",
	    was ? (was->upgradable ? "yes" : "no") : NULL,
	    now->upgradable ? "yes" : "no");
	lines_change(data, "PCRs", was ? words_indexes(was->pcrs) : NULL,
	    words_indexes(now->pcrs));
}
