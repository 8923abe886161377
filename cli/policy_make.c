/* SPDX-License-Identifier: ISC */
#include "policy_make.h"

#include "chain/entry.h"
#include "evidence_take.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "mem.h"
#include "policy_witness.h"
#include "pubkey.h"
#include "value.h"
#include "words.h"

#define FIRST_DELAY (UINT64_C(48) * 3600000)

static enum err
add_key(const struct cli *c, struct keyset *s, const char *text)
{
	if (s->n == POLICY_KEYS)
		return fail_with(ERR_USAGE, "A role has at most %d keys.",
		    POLICY_KEYS);
	TRY(pubkey_get(c, text, &s->key[s->n]));
	TRY(evidence_take_device(c, text, &s->key[s->n]));
	s->n++;
	return OK;
}

/* The keys of an option, or where there are none those of the definition. */
static enum err
take_keys(const struct cli *c, const char *option, const json_t *wishes,
    struct keyset *s)
{
	const char *text[POLICY_KEYS];
	size_t n = command_values(c, option, text, POLICY_KEYS);

	for (size_t i = 0; i < n; i++)
		TRY(add_key(c, s, text[i]));
	for (size_t i = 0; n == 0 && i < json_array_size(wishes); i++)
		TRY(add_key(c, s,
		    mem_printf("%s",
			json_string_value(json_array_get(wishes, i)))));
	return OK;
}

static void
take_pcrs(const json_t *wishes, uint32_t *mask)
{
	for (size_t i = 0; i < json_array_size(wishes); i++)
		*mask |= UINT32_C(1)
			 << json_integer_value(json_array_get(wishes, i));
}

static enum err
take_endorsers(const struct cli *c, struct policy *p)
{
	TRY(take_keys(c, "endorser-key", NULL, &p->endorsers));
	p->has_endorsers = p->endorsers.n > 0;
	p->endorser_threshold = p->endorsers.n / 2 + 1;
	return value_uint(c, "endorser-threshold", 1, POLICY_KEYS,
	    &p->endorser_threshold);
}

static enum err
take_window(const struct cli *c, const json_t *wishes, struct policy *p)
{
	const char *delay =
	    json_string_value(json_object_get(wishes, "min_delay"));

	p->min_delay = FIRST_DELAY;
	if (delay != NULL)
		TRY(value_duration_parse(delay, &p->min_delay));
	return value_duration(c, "min-delay", &p->min_delay);
}

enum err
policy_make_first(const struct cli *c, const json_t *definition,
    struct policy *p)
{
	const json_t *w = json_object_get(definition, "upgrade");
	const json_t *k = json_object_get(w, "threshold");
	bool changed = false;

	memset(p, 0, sizeof *p);
	TRY(take_keys(c, "control-key", json_object_get(w, "control_keys"),
	    &p->control));
	TRY(take_keys(c, "guardian-key", json_object_get(w, "guardian_keys"),
	    &p->guardians));
	TRY(take_endorsers(c, p));
	TRY(policy_witness_first(c, p));
	TRY(evidence_take_files(c, p, &changed));
	if (p->control.n == 0)
		return fail_with(ERR_USAGE,
		    "A chain needs control keys: --control-key.");
	p->threshold =
	    k != NULL ? (uint64_t)json_integer_value(k) : p->control.n / 2 + 1;
	TRY(value_uint(c, "threshold", 1, POLICY_KEYS, &p->threshold));
	TRY(take_window(c, w, p));
	take_pcrs(json_object_get(w, "pcrs"), &p->pcrs);
	TRY(value_pcr_list(c, "pcrs", &p->pcrs));
	if (p->pcrs == 0)
		p->pcrs = 7;
	p->upgradable = !command_is(c, "no-upgrades") &&
			!json_is_false(json_object_get(w, "upgradable"));
	return OK;
}

/* The key of s that is called so: by name, by fingerprint, or as pubkey_get
 * reads it. */
static enum err
find_key(const struct cli *c, const char *option, const struct keyset *s,
    const char *called, size_t *at)
{
	size_t hits = 0;
	struct key k;
	int found;

	for (size_t i = 0; i < s->n; i++)
		if (span_is(s->key[i].name, called) ||
		    strcmp(pubkey_fingerprint(&s->key[i].kid), called) == 0) {
			*at = i;
			hits++;
		}
	if (hits == 1)
		return OK;
	if (hits > 1)
		return fail_with(ERR_USAGE,
		    "--%s: %zu keys are called %s; their fingerprints "
		    "(SHA256:...) tell them apart.",
		    option, hits, called);
	if (strpbrk(called, ":@/ ") == NULL && !file_is_there(called))
		return fail_with(ERR_USAGE,
		    "--%s: no key of that role is called %s; there are %s.",
		    option, called, words_names(s));
	TRY(pubkey_get(c, called, &k));
	found = policy_key_index(s, &k.kid);
	if (found < 0)
		return fail_with(ERR_USAGE, "--%s: %s is not in the policy.",
		    option, called);
	*at = (size_t)found;
	return OK;
}

/* Takes out the keys that an option names. */
static enum err
remove_keys(const struct cli *c, const char *option, struct keyset *s,
    bool *changed)
{
	const char *text[POLICY_KEYS];
	size_t n = command_values(c, option, text, POLICY_KEYS), at = 0;

	for (size_t i = 0; i < n; i++) {
		TRY(find_key(c, option, s, text[i], &at));
		memmove(&s->key[at], &s->key[at + 1],
		    (s->n - at - 1) * sizeof s->key[0]);
		s->n--;
		*changed = true;
	}
	return OK;
}

static enum err
change_keys(const struct cli *c, const char *add, const char *remove,
    struct keyset *s, bool *changed)
{
	const char *text[POLICY_KEYS];
	size_t n = command_values(c, add, text, POLICY_KEYS);

	TRY(remove_keys(c, remove, s, changed));
	for (size_t i = 0; i < n; i++)
		TRY(add_key(c, s, text[i]));
	*changed = *changed || n > 0;
	return OK;
}

static enum err
change_endorsers(const struct cli *c, struct policy *p, bool *changed)
{
	TRY(change_keys(c, "add-endorser-key", "remove-endorser-key",
	    &p->endorsers, changed));
	p->has_endorsers = p->endorsers.n > 0;
	if (!p->has_endorsers)
		p->endorser_threshold = 0;
	else if (p->endorser_threshold == 0)
		p->endorser_threshold = p->endorsers.n / 2 + 1;
	return value_uint(c, "endorser-threshold", 1, POLICY_KEYS,
	    &p->endorser_threshold);
}

enum err
policy_make_next(const struct cli *c, struct policy *p)
{
	bool changed = command_is(c, "threshold") ||
		       command_is(c, "endorser-threshold") ||
		       command_is(c, "min-delay");

	TRY(change_keys(c, "add-control-key", "remove-control-key", &p->control,
	    &changed));
	TRY(change_keys(c, "add-guardian-key", "remove-guardian-key",
	    &p->guardians, &changed));
	TRY(change_endorsers(c, p, &changed));
	TRY(policy_witness_next(c, p, &changed));
	TRY(evidence_take_files(c, p, &changed));
	TRY(value_uint(c, "threshold", 1, POLICY_KEYS, &p->threshold));
	TRY(value_duration(c, "min-delay", &p->min_delay));
	if (command_is(c, "freeze")) {
		p->upgradable = false;
		changed = true;
	}
	if (changed)
		return OK;
	return fail_with(ERR_USAGE, "Nothing in the policy would change.");
}

/* Where the keys of an option are at hand: 1 on this machine, 2 in the server;
 * of a public key alone nobody knows. */
static unsigned
places(const struct cli *c, const char *option)
{
	const char *text[ENTRY_PROOFS], *rest;
	size_t n = command_values(c, option, text, ENTRY_PROOFS);
	const struct holder *h;
	unsigned at = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i][0] == '@' || strchr(text[i], ' ') != NULL)
			continue;
		if (holder_find(text[i], &h, &rest) == OK)
			at |= h->custody == CUSTODY_SERVER ? 2 : 1;
		else
			fail_forget();
	}
	return at;
}

bool
policy_make_together(const struct cli *c, const char *guardians,
    const char *control)
{
	return (places(c, guardians) &
		   (places(c, control) | places(c, "key"))) != 0;
}
