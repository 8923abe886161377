/* SPDX-License-Identifier: ISC */
#include "cmd_enclave.h"

#include <sodium.h>

#include "act.h"
#include "cmd_stage.h"
#include "deffile.h"
#include "evidence_publish.h"
#include "fail.h"
#include "file.h"
#include "listing.h"
#include "mem.h"
#include "out.h"
#include "policy_make.h"
#include "project.h"
#include "root.h"
#include "state_text.h"
#include "value.h"
#include "view/view.h"

/* An enclave that is being made. */
struct making {
	const struct conf *conf;
	const char *name;
	json_t *definition;
	struct h32 definition_id;
	struct act act;
	struct h32 root;
};

static enum err
read_definition(const struct cli *c, struct making *m)
{
	const char *path = command_value(c, "file");

	TRY(conf_get(c, &m->conf));
	if (path == NULL)
		path = project_value("definition");
	if (path == NULL)
		return fail_with(ERR_USAGE,
		    "-f FILE names the definition of the enclave.");
	TRY(deffile_read(path, &m->definition, &m->definition_id));
	m->name = json_string_value(json_object_get(m->definition, "name"));
	return OK;
}

static enum err
new_genesis(const struct cli *c, struct making *m, struct span *payload)
{
	struct policy *p = mem_new(sizeof *p);
	uint8_t nonce[16];
	struct genesis g = { .label = span_str(m->name),
		.nonce = span_of(nonce, sizeof nonce),
		.root = attest_root_aws };
	struct h32 root[ROOT_MAX];
	struct out o = mem_out(PAYLOAD_MAX);
	size_t n;

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	randombytes_buf(nonce, sizeof nonce);
	TRY(policy_make_first(c, m->definition, p));
	TRY(value_duration(c, "floor", &g.floor));
	TRY(root_options(c, root, &n));
	if (n > 1)
		return fail_with(ERR_USAGE, "A chain has one --root.");
	if (n == 1)
		g.root = root[0];
	g.policy = *p;
	genesis_encode(&o, &g);
	if (o.full)
		return ERR_TOO_LARGE;
	*payload = out_span(&o);
	return OK;
}

/* With no --key: the control keys that were given as references are at hand,
 * as many of them as it takes. */
static enum err
own_keys(const struct cli *c, struct making *m)
{
	const struct policy *p = &m->act.p.u.genesis.policy;
	const char *ref[POLICY_KEYS];
	size_t n = command_values(c, "control-key", ref, POLICY_KEYS);

	if (command_is(c, "key") || m->act.proof_n > 0 || n == 0)
		return act_keys(c, &m->act, NULL);
	for (size_t i = 0; i < n && m->act.key_n < p->threshold; i++) {
		if (ref[i][0] == '@' || strchr(ref[i], ' ') != NULL)
			continue;
		TRY(act_key(c, &m->act, ref[i]));
	}
	return m->act.key_n > 0 ? OK : act_keys(c, &m->act, NULL);
}

/* The chain id, where every signature of the genesis was made here. */
static enum err
own_chain(struct making *m, struct h32 *chain)
{
	struct out o = mem_out(ENTRY_MAX);
	struct entry *e = mem_new(sizeof *e);

	TRY(entry_encode(&o, NULL, 0, NULL, m->act.p.bytes, m->act.proof,
	    m->act.proof_n));
	TRY(entry_decode(out_span(&o), e));
	*chain = e->id;
	return OK;
}

static json_t *
request(const struct cli *c, struct making *m, struct span statement)
{
	json_t *j = json_pack("{s:s,s:O,s:o}", "name", m->name, "definition",
	    m->definition, "genesis", view_bytes_base64(statement));
	json_t *keys = json_array();

	if (command_is(c, "private"))
		(void)json_object_set_new(j, "private", json_true());
	for (size_t i = 0; i < m->act.key_n; i++)
		if (m->act.key[i].signer.sign == NULL)
			(void)json_array_append_new(keys,
			    json_string(m->act.key[i].name));
	if (json_array_size(keys) > 0)
		(void)json_object_set(j, "keys", keys);
	json_decref(keys);
	return j;
}

/* What the server made must be what was signed here. */
static enum err
check_answer(struct making *m, const json_t *j, bool all_here,
    struct h32 *chain)
{
	const char *hex = json_string_value(json_object_get(j, "chain"));
	struct h32 own;

	if (hex == NULL || !view_bytes_unh32(hex, chain))
		return fail_with(ERR_ANSWER_BAD, "It has no chain id.");
	TRY(own_chain(m, &own));
	if (all_here && !h32_eq(&own, chain))
		return fail_with(ERR_PIN_MISMATCH,
		    "The server made a chain %s of a genesis whose id is %s.",
		    hex, mem_hex(h32_span(&own)));
	return OK;
}

static enum err
first_pin(const struct making *m, const struct h32 *chain)
{
	const struct pin p = { .server = m->conf->server,
		.name = m->name,
		.chain = *chain,
		.root = m->act.p.u.genesis.root,
		.newest = { 0, *chain } };

	return pin_set(&p);
}

/* Where the server signed too, the first entry tells whether it signed the
 * bytes that were shown here. */
static enum err
check_first_entry(const struct making *m, const struct h32 *chain)
{
	struct entry *e = mem_new(sizeof *e);
	struct span s;

	TRY(api_get_bytes(m->conf,
	    mem_printf("/v1/chains/%s/entries/0", mem_hex(h32_span(chain))),
	    "application/cbor", ENTRY_MAX, &s));
	TRY(entry_decode(s, e));
	if (h32_eq(&e->id, chain) && span_eq(e->payload, m->act.p.bytes))
		return OK;
	return fail_with(ERR_PIN_MISMATCH,
	    "The server's first entry is not what was agreed to.");
}

static enum err
send(struct cli *c, struct making *m)
{
	struct span statement;
	struct h32 chain;
	json_t *j;
	bool all_here = true;
	enum err e;

	for (size_t i = 0; i < m->act.key_n; i++)
		all_here = all_here && m->act.key[i].signer.sign != NULL;
	TRY(act_statement(&m->act, &statement));
	TRY(api_post(m->conf, "/v1/enclaves", request(c, m, statement), &j));
	e = check_answer(m, j, all_here, &chain);
	if (e == OK && !all_here)
		e = check_first_entry(m, &chain);
	if (e == OK)
		e = first_pin(m, &chain);
	if (e == OK && command_is(c, "publish-evidence"))
		e = evidence_publish_asked(c, m->conf, &chain,
		    &m->act.p.u.genesis.policy);
	if (e == OK && c->format != FORMAT_TABLE)
		return out_json(c, j);
	json_decref(j);
	TRY(e);
	out_talk("created %s; its chain id, pinned here, is what clients "
		 "trust:\n",
	    m->name);
	out_data("%s\n", mem_hex(h32_span(&chain)));
	return OK;
}

static enum err
begin(struct cli *c, struct making *m)
{
	const char *from = command_value(c, "genesis");
	struct span s;

	if (from == NULL) {
		TRY(new_genesis(c, m, &s));
		TRY(act_begin(&m->act, NULL, s));
	} else {
		TRY(file_read(from, ENTRY_MAX, &s));
		TRY(act_begin_statement(&m->act, NULL, s));
	}
	if (m->act.p.kind != KIND_GENESIS)
		return fail_with(ERR_USAGE, "%s is not a genesis.", from);
	if (span_is(m->act.p.u.genesis.label, m->name))
		return OK;
	return fail_with(ERR_USAGE, "The genesis is for \"%.*s\", not for %s.",
	    (int)m->act.p.u.genesis.label.n,
	    (const char *)m->act.p.u.genesis.label.p, m->name);
}

static enum err
create(struct cli *c, struct making *m)
{
	const char *file = command_value(c, "sign-only");
	bool partial = file != NULL;
	struct span s;

	TRY(read_definition(c, m));
	TRY(begin(c, m));
	m->act.together =
	    policy_make_together(c, "guardian-key", "control-key");
	if (m->act.proof_n == 0 || command_is(c, "key"))
		TRY(own_keys(c, m));
	if (partial)
		TRY(act_keys_here(&m->act));
	TRY(act_judge(&m->act, partial));
	if (m->act.key_n > 0 || command_is(c, "dry-run"))
		TRY(cmd_stage_kept(c, &m->act,
		    act_sign(c, &m->act, command_is(c, "dry-run"))));
	if (command_is(c, "dry-run"))
		return OK;
	if (file == NULL)
		return send(c, m);
	TRY(act_statement(&m->act, &s));
	TRY(file_create(file, s, 0644));
	out_talk("wrote %s; others sign it with `encl upgrade sign %s`\n", file,
	    file);
	return OK;
}

enum err
cmd_enclave_create(struct cli *c)
{
	struct making *m = mem_new(sizeof *m);
	enum err e = create(c, m);

	act_end(&m->act);
	json_decref(m->definition);
	return e;
}

enum err
cmd_enclave_list(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "NAME", "name" },
		{ "CHAIN", "chain" },
		{ "PRIVATE", "private" },
		{ "DEFINITION", "definition_version" },
		{ "CREATED", "created" },
	};

	return listing_show(c, "/v1/enclaves", columns, 5);
}

enum err
cmd_enclave_show(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);

	TRY(target_get(c, command_arg(c, 0), t));
	return state_text_show(c, t);
}
