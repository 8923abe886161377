/* SPDX-License-Identifier: ISC */
#include "cmd_key.h"

#include <sys/stat.h>

#include <errno.h>
#include <sodium.h>

#include "conf.h"
#include "fail.h"
#include "keys/holder.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"

static json_t *
key_json(const char *ref, const struct key *k)
{
	json_t *j = json_pack("{s:s,s:s,s:s,s:s,s:s}", "key", pubkey_line(k),
	    "name", mem_string(k->name), "type", key_type_name(k->type),
	    "fingerprint", pubkey_fingerprint(&k->kid), "kid",
	    mem_hex(h32_span(&k->kid)));

	if (ref != NULL)
		(void)json_object_set_new(j, "ref", json_string(ref));
	return j;
}

/* --type, by the names that ssh-keygen takes with -t and -b. */
static enum err
type_of(const struct cli *c, struct holder_make *make)
{
	static const struct {
		const char *name;
		enum key_type type;
	} rows[] = {
		{ "ed25519", KEY_ED25519 },
		{ "ecdsa-p256", KEY_P256 },
		{ "ecdsa-p384", KEY_P384 },
	};
	const char *text = command_value(c, "type");

	make->typed = text != NULL;
	for (size_t i = 0; text != NULL && i < sizeof rows / sizeof rows[0];
	     i++)
		if (strcmp(text, rows[i].name) == 0) {
			make->type = rows[i].type;
			return OK;
		}
	return text == NULL ? OK : ERR_USAGE;
}

static enum err
print_made(const struct cli *c, const char *ref, struct span blob,
    const char *name)
{
	struct key k;

	TRY(pubkey_make(blob, span_str(name), &k));
	if (c->format != FORMAT_TABLE)
		return out_json(c, key_json(ref, &k));
	out_talk("made %s, fingerprint %s\n", ref, pubkey_fingerprint(&k.kid));
	out_data("%s\n", pubkey_line(&k));
	return OK;
}

enum err
cmd_key_generate(struct cli *c)
{
	const struct holder *h;
	struct holder_make make = { .name = command_value(c, "name") };
	const char *rest, *name;
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);

	TRY(type_of(c, &make));
	TRY(holder_find(command_arg(c, 0), &h, &rest));
	if (h->generate == NULL) {
		fail_hint("then `encl key list` shows it");
		return fail_with(ERR_KEY_SCHEME, "It is %s.", h->about);
	}
	TRY(h->generate(ui_of(c), rest, &make, &blob, &name));
	return print_made(c, mem_printf("%s:%s", h->scheme, rest),
	    out_span(&blob), name);
}

enum err
cmd_key_renew(struct cli *c)
{
	const struct holder *h;
	const char *rest;

	TRY(holder_find(command_arg(c, 0), &h, &rest));
	if (h->renew == NULL) {
		fail_hint("sealed: keys have a challenge to renew");
		return fail_with(ERR_KEY_SCHEME,
		    "There is nothing to renew in %s.", h->about);
	}
	return h->renew(ui_of(c), rest);
}

static enum err
recover(struct cli *c, uint8_t *seed)
{
	const struct holder *from, *to;
	struct holder_make make = { .name = command_value(c, "name") };
	const char *lost, *rest, *name;
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);

	TRY(holder_find(command_arg(c, 0), &from, &lost));
	TRY(holder_find(command_arg(c, 1), &to, &rest));
	if (from->recover == NULL) {
		fail_hint("sealed: keys have one; without it, a policy "
			  "replaces the key: `encl policy stage "
			  "--remove-control-key`");
		return fail_with(ERR_KEY_SCHEME,
		    "There is no recovery key for %s.", from->about);
	}
	if (to->import == NULL) {
		fail_hint("NEW is sealed:PATH or file:PATH");
		return fail_with(ERR_KEY_SCHEME,
		    "No other key can be put where this one is: %s.",
		    to->about);
	}
	TRY(from->recover(ui_of(c), lost, seed, &name));
	if (make.name == NULL)
		make.name = name;
	TRY(to->import(ui_of(c), rest, &make, seed, &blob, &name));
	return print_made(c, mem_printf("%s:%s", to->scheme, rest),
	    out_span(&blob), name);
}

enum err
cmd_key_recover(struct cli *c)
{
	uint8_t *seed = sodium_init() < 0 ? NULL : sodium_malloc(32);
	enum err e;

	if (seed == NULL)
		return ERR_OUT_OF_MEMORY;
	e = recover(c, seed);
	sodium_free(seed);
	return e;
}

enum err
cmd_key_show(struct cli *c)
{
	struct key k;

	TRY(pubkey_get(c, command_arg(c, 0), &k));
	if (c->format != FORMAT_TABLE)
		return out_json(c, key_json(NULL, &k));
	out_data("%s\n", pubkey_line(&k));
	out_talk("fingerprint %s\n", pubkey_fingerprint(&k.kid));
	return OK;
}

static void
print_list(const json_t *items)
{
	static const char *const head[] = { "REF", "FINGERPRINT", "NAME" };
	struct out_table t;
	size_t i;
	json_t *v;

	out_table_head(&t, 3, head);
	json_array_foreach((json_t *)(uintptr_t)items, i, v)
	{
		const char *cell[3];

		cell[0] = json_string_value(json_object_get(v, "ref"));
		cell[1] = json_string_value(json_object_get(v, "fingerprint"));
		cell[2] = json_string_value(json_object_get(v, "name"));
		out_table_row(&t, cell);
	}
	out_table_print(&t);
}

struct listed {
	json_t *items;
};

static void
add(void *ctx, const struct holder_key *k)
{
	struct listed *l = ctx;
	struct key key;

	if (pubkey_make(k->blob, span_str(k->name), &key) == OK)
		(void)json_array_append_new(l->items, key_json(k->ref, &key));
}

/* One kind of holder that cannot be asked keeps none of the others back; the
 * first such error comes last. */
static enum err
list_all(const struct ui *ui, bool files_only, struct listed *l)
{
	const char *detail = "", *hint = "";
	enum err first = OK;

	for (size_t i = 0; i < holder_count; i++) {
		const struct holder *h = holders[i];
		enum err e;

		if (h->list == NULL ||
		    (files_only && h->custody != CUSTODY_FILE &&
			h->custody != CUSTODY_SEALED))
			continue;
		e = h->list(ui, add, l);
		if (first == OK && e != OK) {
			first = e;
			detail = mem_printf("%s", fail_detail());
			hint = mem_printf("%s", fail_hint_text());
		}
		fail_forget();
	}
	if (hint[0] != '\0')
		fail_hint("%s", hint);
	return detail[0] != '\0' ? fail_with(first, "%s", detail) : first;
}

static enum err
check_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	return S_ISDIR(st.st_mode)
		   ? OK
		   : fail_with(ERR_FILE_READ, "%s is not a folder.", path);
}

enum err
cmd_key_list(struct cli *c)
{
	struct listed l = { json_array() };
	const char *dir = command_arg(c, 0);
	enum err first;

	if (dir != NULL)
		TRY(check_folder(dir));
	first = list_all(ui_of(c), dir != NULL, &l);
	if (c->format != FORMAT_TABLE) {
		TRY(out_json(c, json_pack("{s:o}", "items", l.items)));
		return first;
	}
	print_list(l.items);
	if (json_array_size(l.items) == 0 && first == OK)
		out_talk("no keys; key files were looked for in %s\n",
		    dir != NULL ? dir : conf_path("keys"));
	json_decref(l.items);
	return first;
}
