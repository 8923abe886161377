/* SPDX-License-Identifier: ISC */
#include "target.h"

#include "chain/hash.h"
#include "chain/text.h"
#include "chain_verify.h"
#include "definition/definition.h"
#include "evidence_store.h"
#include "evidence_trust.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "project.h"

/* The pin stays what it is; only a person may change it. */
static enum err
swapped(const struct target *t, const struct h32 *now)
{
	fail_hint("if the owner announced a new chain: encl chain pin %s %s",
	    t->name, mem_hex(h32_span(now)));
	return fail_with(ERR_PIN_MISMATCH,
	    "%s is pinned to %s, and the server now says %s. Nothing was "
	    "signed or sent.",
	    t->name, mem_hex(h32_span(&t->chain)), mem_hex(h32_span(now)));
}

/* Asks the server which chain the name stands for. */
static enum err
ask_name(struct target *t, struct h32 *chain)
{
	json_t *j;
	const char *hex;
	bool ok;

	TRY(api_get(t->conf,
	    mem_printf("/v1/enclaves/%s", api_segment(t->name)), &j));
	hex = json_string_value(json_object_get(j, "chain"));
	ok = hex != NULL && text_unhex(span_str(hex), chain->b, 32);
	json_decref(j);
	return ok ? OK
		  : fail_with(ERR_ANSWER_BAD, "The enclave has no chain id.");
}

static enum err
find_name(struct target *t)
{
	struct h32 now;

	TRY(pin_by_name(t->conf->server, t->name, &t->pin, &t->pinned));
	if (!t->pinned)
		TRY(pin_by_prefix(t->conf->server, t->name, &t->pin,
		    &t->pinned));
	if (!t->pinned)
		return ask_name(t, &t->chain);
	t->chain = t->pin.chain;
	/* Strangers may not ask for names; then the pin alone decides. */
	if (t->conf->token == NULL || strcmp(t->pin.name, t->name) != 0)
		return OK;
	if (ask_name(t, &now) != OK) {
		fail_forget();
		return OK;
	}
	return h32_eq(&now, &t->chain) ? OK : swapped(t, &now);
}

enum err
target_find(const struct cli *c, const char *arg, struct target *t)
{
	memset(t, 0, sizeof *t);
	TRY(conf_get(c, &t->conf));
	t->name = arg != NULL ? arg : project_value("enclave");
	if (t->name == NULL) {
		fail_hint("name the enclave, or put `enclave: NAME` into "
			  ".encl.yaml");
		return fail_with(ERR_USAGE, "Which enclave?");
	}
	if (t->conf->server == NULL)
		return fail_with(ERR_SERVER_NONE, "%s",
		    "--server or `encl login` names one.");
	if (text_unhex(span_str(t->name), t->chain.b, sizeof t->chain.b))
		return pin_by_chain(t->conf->server, &t->chain, &t->pin,
		    &t->pinned);
	return find_name(t);
}

enum err
target_roots(const struct cli *c, const struct target *t,
    struct h32 root[TARGET_ROOTS], size_t *n)
{
	TRY(root_options(c, root, n));
	if (t->conf != NULL)
		for (size_t i = 0; i < t->conf->root_n; i++)
			root[(*n)++] = t->conf->root[i];
	if (t->pinned)
		root[(*n)++] = t->pin.root;
	root[(*n)++] = attest_root_aws;
	return OK;
}

static enum err
verify(const struct cli *c, struct target *t)
{
	struct h32 root[TARGET_ROOTS];
	struct chain_verify_opts opts = { .root = root,
		.level = LEVEL_PUBLIC,
		.threads = 4,
		.chain = &t->chain,
		.pin = t->pinned ? &t->pin.newest : NULL };
	const struct chain_verify_result *r;
	struct chain_verify *v;
	struct state *st = mem_new(sizeof *st);
	const struct maker *makers; /* for whoever shows keys */
	enum err e;

	TRY(target_roots(c, t, root, &opts.root_n));
	TRY(chain_verify_open(&opts, &v));
	e = chain_verify_memory(v, t->file);
	r = chain_verify_result(v);
	if (e == OK) {
		*st = *r->st;
		t->st = st;
		t->level = r->level;
		t->held = r->held;
		t->disputed = r->disputed;
		t->disputed_stage = r->disputed_stage;
	}
	chain_verify_free(v);
	TRY(e);
	evidence_store_file(t->file);
	return evidence_trust_get(c, &makers);
}

static enum err
keep_pin(struct target *t)
{
	struct pin p = { .server = t->conf->server,
		.name = t->pinned ? t->pin.name : t->name,
		.chain = t->chain,
		.root = t->st->root,
		.newest = { t->st->next_seq - 1, t->st->head } };

	if (t->pinned && h32_eq(&p.newest.id, &t->pin.newest.id))
		return OK;
	if (!t->pinned)
		out_talk("pinned %s to %s (seen for the first time)\n", p.name,
		    mem_hex(h32_span(&p.chain)));
	TRY(pin_set(&p));
	t->pin = p;
	t->pinned = true;
	return OK;
}

enum err
target_again(const struct cli *c, struct target *t)
{
	enum err e;

	TRY(api_get_bytes(t->conf, target_path(t, "/bundle"),
	    "application/cbor-seq", API_BUNDLE_MAX, &t->file));
	e = verify(c, t);
	if (e != OK)
		return fail_with(e,
		    "The chain of %s, as this server tells it, is not good.",
		    t->name);
	return keep_pin(t);
}

enum err
target_get(const struct cli *c, const char *arg, struct target *t)
{
	TRY(target_find(c, arg, t));
	return target_again(c, t);
}

/* The id that a chain file claims, before any of it is verified. */
static enum err
claimed_chain(struct span file, struct h32 *chain)
{
	struct entry *e = mem_new(sizeof *e);
	struct span item;
	enum item kind;

	while (file.n > 0) {
		TRY(entry_item(&file, &kind, &item));
		if (kind != ITEM_ENTRY)
			continue;
		TRY(entry_decode(item, e));
		*chain = e->chain;
		return OK;
	}
	return ERR_CHAIN_EMPTY;
}

enum err
target_file(const struct cli *c, const char *path, struct target *t)
{
	enum err e;

	memset(t, 0, sizeof *t);
	TRY(file_read(path, API_BUNDLE_MAX, &t->file));
	e = claimed_chain(t->file, &t->chain);
	if (e == OK)
		e = pin_anywhere(&t->chain, &t->pin, &t->pinned);
	if (e == OK)
		e = verify(c, t);
	if (e != OK)
		return fail_with(e, "The chain in %s is not good.", path);
	t->name = t->pinned ? t->pin.name
			    : mem_string(span_of(t->st->label, t->st->label_n));
	return OK;
}

char *
target_path(const struct target *t, const char *tail)
{
	return mem_printf("/v1/chains/%s%s", mem_hex(h32_span(&t->chain)),
	    tail);
}

/* One that no release of the chain names yet, as that of a draft. */
static enum err
ask_definition(const struct target *t, const struct h32 *id, struct span *body)
{
	struct h32 h;

	TRY(api_get_bytes(t->conf,
	    target_path(t,
		mem_printf("/definitions/%s", mem_hex(h32_span(id)))),
	    "application/cbor", DEFINITION_MAX, body));
	TRY(hash_sha256(*body, &h));
	return h32_eq(&h, id) ? OK : ERR_ANSWER_BAD;
}

/* Hashes say whose it is, and not that it is one: what means nothing here could
 * be told as harmless. */
static enum err
read_definition(struct span cbor, json_t **j)
{
	struct shape_faults f = { 0 };
	enum err e = definition_from_canonical(cbor, j);

	if (e == OK)
		e = definition_check(*j, &f);
	if (e == OK)
		return OK;
	json_decref(*j);
	*j = NULL;
	return f.n > 0 ? fail_with(e, "The definition of the release: %s %s.",
			     f.fault[0].pointer, f.fault[0].message)
		       : e;
}

enum err
target_definition(const struct target *t, const struct h32 *id, json_t **j)
{
	struct span s = t->file, item, body;
	struct h32 h;
	enum item kind;

	while (s.n > 0) {
		TRY(entry_item(&s, &kind, &item));
		if (kind != ITEM_DEFINITION)
			continue;
		TRY(entry_definition_decode(item, &body));
		TRY(hash_sha256(body, &h));
		if (h32_eq(&h, id))
			return read_definition(body, j);
	}
	if (t->conf != NULL && ask_definition(t, id, &body) == OK)
		return read_definition(body, j);
	fail_forget();
	return fail_with(ERR_NOT_FOUND,
	    "The chain file lacks the definition %s.", mem_hex(h32_span(id)));
}
