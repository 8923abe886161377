/* SPDX-License-Identifier: ISC */
#include "cmd_chain.h"

#include "chain/text.h"
#include "export_sshsig.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "root.h"
#include "story.h"
#include "target.h"
#include "tip.h"
#include "value.h"
#include "view/view.h"

struct listing {
	struct out_table table;
	json_t *items;
};

/* Whoever cosigned the checkpoint of a receipt. */
static const char *
witnesses(const struct story *s, const struct proof *f)
{
	struct tip *t = mem_new(sizeof *t);

	return tip_judge(s->was, f->body, 0, UINT64_MAX, t) == ERR_NOTE
		   ? "?"
		   : tip_names(t);
}

/* "ops-1, ops-2", or the time of a document. */
static const char *
by_whom(const struct story *s)
{
	struct attest *a = mem_new(sizeof *a);
	const char *t = "";

	for (size_t i = 0; i < s->e->proof_n; i++) {
		const struct proof *f = &s->e->proof[i];
		const struct key *k;

		if (f->kind == PROOF_CHECKPOINT) {
			t = mem_printf("%s; seen by %s", t, witnesses(s, f));
			continue;
		}
		if (f->kind == PROOF_DOCUMENT) {
			if (attest_parse(f->body, a) == OK)
				t = mem_printf("the enclave, %s",
				    value_time_text(a->timestamp));
			continue;
		}
		if (f->kind == PROOF_CHECKPOINT) {
			t = mem_printf("%s, witnessed", t);
			continue;
		}
		k = story_key(s, &f->kid);
		t = mem_printf("%s%s%s", t, t[0] ? ", " : "",
		    k != NULL ? mem_string(k->name) : "?");
	}
	return t;
}

static const char *
about(const struct payload *p)
{
	switch (p->kind) {
	case KIND_GENESIS:
		return mem_string(p->u.genesis.label);
	case KIND_STAGE:
		return p->u.stage.has_release
			   ? mem_printf("version %s",
				 mem_string(p->u.stage.release.version))
			   : "policy";
	case KIND_RECEIPT:
		return payload_role_name(p->u.receipt.role);
	case KIND_REVOKE:
		return mem_string(p->u.revoke.reason);
	case KIND_ENDORSE:
		break;
	}
	return "";
}

static enum err
add_entry(void *ctx, const struct story *s)
{
	struct listing *l = ctx;
	const char *cell[5];

	cell[0] = mem_printf("%llu", (unsigned long long)s->e->seq);
	cell[1] = mem_printf("%.12s", mem_hex(h32_span(&s->e->id)));
	cell[2] = payload_kind_name(s->p->kind);
	cell[3] = about(s->p);
	cell[4] = by_whom(s);
	out_table_row(&l->table, cell);
	(void)json_array_append_new(l->items, view_entry(s->e, s->policy, 0));
	return OK;
}

enum err
cmd_chain_show(struct cli *c)
{
	static const char *const head[] = { "SEQ", "ENTRY", "KIND", "ABOUT",
		"BY" };
	struct target *t = mem_new(sizeof *t);
	struct listing l = { .items = json_array() };
	enum err e = target_get(c, command_arg(c, 0), t);

	out_table_head(&l.table, 5, head);
	if (e == OK)
		e = story_tell(t, add_entry, &l);
	if (e == OK && c->format != FORMAT_TABLE)
		return out_json(c,
		    json_pack("{s:s,s:o,s:o}", "enclave", t->name, "chain",
			view_bytes_h32(&t->chain), "items", l.items));
	if (e == OK)
		out_table_print(&l.table);
	json_decref(l.items);
	return e;
}

enum err
cmd_chain_head(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);

	TRY(target_get(c, command_arg(c, 0), t));
	if (c->format != FORMAT_TABLE)
		return out_json(c, json_pack("{s:o,s:o,s:I}", "chain",
				       view_bytes_h32(&t->chain), "head",
				       view_bytes_h32(&t->st->head), "seq",
				       (json_int_t)t->st->next_seq - 1));
	out_data("%s\n", mem_hex(h32_span(&t->st->head)));
	return OK;
}

enum err
cmd_chain_export(struct cli *c)
{
	struct target *t = mem_new(sizeof *t);
	const char *to = command_value(c, "file");
	const char *dir = command_value(c, "sshsig");
	const char *from = command_value(c, "chain");
	size_t n;

	if (from != NULL)
		TRY(target_file(c, from, t));
	else
		TRY(target_get(c, command_arg(c, 0), t));
	if (dir != NULL) {
		TRY(export_sshsig(t, dir, &n));
		out_talk("wrote %zu signatures to %s; check one with\n"
			 "  ssh-keygen -Y verify -f allowed_signers -n "
			 "chain@encl -I KID -s SEQ-KID.sig <SEQ.payload\n",
		    n, dir);
		return OK;
	}
	if (to == NULL || strcmp(to, "-") == 0) {
		out_bytes(t->file);
		return OK;
	}
	TRY(file_replace(to, t->file, 0644));
	out_talk("wrote %s: %llu entries; `encl chain verify %s --pin %s%s` "
		 "checks it anywhere\n",
	    to, (unsigned long long)t->st->next_seq, to,
	    mem_hex(h32_span(&t->chain)),
	    h32_eq(&t->st->root, &attest_root_aws)
		? ""
		: mem_printf(" --root %s", root_text(&t->st->root)));
	return OK;
}

static json_t *
pin_json(const struct pin *p)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:I,s:s}", "server", p->server,
	    "name", p->name, "chain", mem_hex(h32_span(&p->chain)), "root",
	    mem_hex(h32_span(&p->root)), "seq", (json_int_t)p->newest.seq,
	    "entry", mem_hex(h32_span(&p->newest.id)));
}

static enum err
list_pins(struct cli *c)
{
	static const char *const head[] = { "NAME", "CHAIN", "SEQ", "SERVER" };
	const struct pin *list;
	struct out_table t;
	json_t *items = json_array();
	size_t n;

	out_table_head(&t, 4, head);
	TRY(pin_list(&list, &n));
	for (size_t i = 0; i < n; i++) {
		const char *cell[4];

		cell[0] = list[i].name;
		cell[1] = mem_hex(h32_span(&list[i].chain));
		cell[2] =
		    mem_printf("%llu", (unsigned long long)list[i].newest.seq);
		cell[3] = list[i].server;
		out_table_row(&t, cell);
		(void)json_array_append_new(items, pin_json(&list[i]));
	}
	if (c->format != FORMAT_TABLE)
		return out_json(c, json_pack("{s:o}", "items", items));
	json_decref(items);
	out_table_print(&t);
	return OK;
}

/* A person says which chain the name stands for from now on. */
static enum err
set_pin(struct cli *c, const struct conf *k, const char *name, const char *hex)
{
	struct h32 root[ROOT_MAX];
	struct pin p = { .server = k->server, .name = name };
	size_t n;

	if (!text_unhex(span_str(hex), p.chain.b, sizeof p.chain.b))
		return fail_with(ERR_USAGE,
		    "\"%s\" is not a chain id: 64 hex digits.", hex);
	TRY(root_options(c, root, &n));
	p.root = n > 0 ? root[0] : attest_root_aws;
	p.newest.id = p.chain;
	TRY(pin_set(&p));
	out_talk("%s at %s is now %s\n", name, k->server, hex);
	return OK;
}

enum err
cmd_chain_pin(struct cli *c)
{
	const char *name = command_arg(c, 0), *hex = command_arg(c, 1);
	const struct conf *k;
	bool found;

	if (name == NULL)
		return list_pins(c);
	TRY(conf_get(c, &k));
	if (k->server == NULL)
		return ERR_SERVER_NONE;
	if (command_is(c, "remove")) {
		TRY(pin_remove(k->server, name, &found));
		return found ? OK
			     : fail_with(ERR_NOT_FOUND, "No pin for %s.", name);
	}
	if (hex == NULL)
		return fail_with(ERR_USAGE,
		    "Which chain id? `encl chain pin` lists the pins.");
	return set_pin(c, k, name, hex);
}
