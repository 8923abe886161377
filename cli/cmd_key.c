/* SPDX-License-Identifier: ISC */
#include "cmd_key.h"

#include <dirent.h>
#include <stdlib.h>

#include "api.h"
#include "fail.h"
#include "file.h"
#include "keys/holder.h"
#include "keys/key_file.h"
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

enum err
cmd_key_generate(struct cli *c)
{
	const struct holder *h;
	const char *rest, *name;
	uint8_t buf[KEY_BLOB_MAX];
	struct out blob = out_of(buf, sizeof buf);
	struct key k;

	TRY(holder_find(command_arg(c, 0), &h, &rest));
	TRY(h->generate(c, rest, &blob, &name));
	TRY(pubkey_make(out_span(&blob), span_str(name), &k));
	if (c->format != FORMAT_TABLE)
		return out_json(c,
		    key_json(mem_printf("%s:%s", h->scheme, rest), &k));
	out_talk("made %s:%s, fingerprint %s\n", h->scheme, rest,
	    pubkey_fingerprint(&k.kid));
	out_data("%s\n", pubkey_line(&k));
	return OK;
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

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The key files of a folder; other files are passed over. */
static void
list_files(const char *dir, json_t *items)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, NULL, by_name);

	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/%s", dir, entry[i]->d_name);
		struct key_file f;
		struct span text;
		struct out blob = mem_out(KEY_BLOB_MAX);
		struct key k;

		free(entry[i]);
		if (file_read(path, KEY_FILE_MAX, &text) != OK ||
		    key_file_parse(text, &f) != OK) {
			fail_forget();
			continue;
		}
		key_ed25519_blob(&blob, f.public);
		if (pubkey_make(out_span(&blob), span_str(f.name), &k) == OK)
			(void)json_array_append_new(items,
			    key_json(mem_printf("file:%s", path), &k));
	}
	if (n >= 0)
		free(entry);
}

static enum err
list_server(const struct conf *conf, json_t *items)
{
	json_t *j, *v;
	size_t i;

	TRY(api_get(conf, "/v1/keys?limit=500", &j));
	json_array_foreach(json_object_get(j, "items"), i, v)
	{
		const char *name =
		    json_string_value(json_object_get(v, "name"));
		json_t *copy = json_copy(v);

		(void)json_object_set_new(copy, "ref",
		    json_sprintf("server:%s", name != NULL ? name : ""));
		(void)json_array_append_new(items, copy);
	}
	json_decref(j);
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

enum err
cmd_key_list(struct cli *c)
{
	const char *dir = command_arg(c, 0);
	json_t *items = json_array();
	const struct conf *conf;
	enum err e;

	list_files(dir != NULL ? dir : conf_path("keys"), items);
	e = dir != NULL ? OK : conf_get(c, &conf);
	if (e == OK && dir == NULL && conf->token != NULL)
		e = list_server(conf, items);
	if (e == OK && c->format != FORMAT_TABLE)
		return out_json(c, json_pack("{s:o}", "items", items));
	if (e == OK)
		print_list(items);
	json_decref(items);
	return e;
}
