/* SPDX-License-Identifier: ISC */
#include "cmd_login.h"

#include <unistd.h>

#include "api.h"
#include "chain/text.h"
#include "fail.h"
#include "keys/tty.h"
#include "listing.h"
#include "mem.h"
#include "out.h"
#include "root.h"

static enum err
read_token(struct cli *c, const char **token)
{
	const char *path = command_value(c, "token-file");
	struct span typed;

	if (path == NULL && !isatty(STDIN_FILENO))
		path = "-";
	if (path != NULL)
		return conf_token_file(path, token);
	TRY(tty_secret("Token: ", &typed));
	*token = mem_string(typed);
	tty_free(&typed);
	return OK;
}

static json_t *
context_json(const struct cli *c, const struct conf *k)
{
	struct h32 root[ROOT_MAX];
	json_t *j = json_pack("{s:s}", "server", k->server), *roots;
	size_t n = 0;

	if (k->ca_file != NULL)
		(void)json_object_set_new(j, "ca_file",
		    json_string(k->ca_file));
	if (root_options(c, root, &n) != OK || n == 0)
		return j;
	roots = json_array();
	for (size_t i = 0; i < n && i < CONF_ROOTS; i++)
		(void)json_array_append_new(roots,
		    json_string(mem_hex(h32_span(&root[i]))));
	(void)json_object_set_new(j, "roots", roots);
	return j;
}

/* Puts value under file[section][name]; section NULL: file[name]. */
static enum err
store_in(const char *path, bool secret, const char *section, const char *name,
    json_t *value, const char *current)
{
	json_t *file, *at;
	enum err e = conf_load(path, secret, &file);

	if (e != OK) {
		json_decref(value);
		return e;
	}
	at = file;
	if (section != NULL) {
		at = json_object_get(file, section);
		if (!json_is_object(at)) {
			at = json_object();
			(void)json_object_set_new(file, section, at);
		}
	}
	(void)json_object_set_new(at, name, value);
	if (current != NULL)
		(void)json_object_set_new(file, "current",
		    json_string(current));
	e = conf_store(path, file);
	json_decref(file);
	return e;
}

/* Only what works is stored. */
static enum err
try_token(const struct conf *k, json_t **who)
{
	return api_get(k, "/v1/whoami", who);
}

enum err
cmd_login_run(struct cli *c)
{
	const char *name = command_value(c, "context");
	const char *server = command_value(c, "server");
	struct h32 root[ROOT_MAX];
	struct conf k = { .ca_file = command_value(c, "ca-file"),
		.insecure_http = command_is(c, "insecure-http") };
	json_t *who;
	size_t n;

	if (server == NULL)
		return fail_with(ERR_USAGE, "--server URL says where.");
	if (name == NULL)
		name = "default";
	if (!text_is_line(span_str(name)) || strlen(name) > 64)
		return fail_with(ERR_USAGE, "\"%s\" is no name.", name);
	TRY(root_options(c, root, &n));
	k.server = conf_url(server);
	TRY(read_token(c, &k.token));
	TRY(try_token(&k, &who));
	TRY(store_in(conf_path("credentials.yaml"), true, NULL, name,
	    json_pack("{s:s,s:s}", "server", k.server, "token", k.token),
	    NULL));
	TRY(store_in(conf_path("config.yaml"), false, "contexts", name,
	    context_json(c, &k), name));
	if (c->format != FORMAT_TABLE)
		return out_json(c, who);
	out_talk("logged in to %s as %s of %s, context \"%s\"\n", k.server,
	    listing_text(who, "member"), listing_text(who, "organisation"),
	    name);
	json_decref(who);
	return OK;
}

enum err
cmd_login_context_list(struct cli *c)
{
	static const struct listing_column columns[] = {
		{ "CURRENT", "current" },
		{ "NAME", "name" },
		{ "SERVER", "server" },
	};
	json_t *file, *items = json_array(), *v;
	const char *name, *current;

	TRY(conf_load(conf_path("config.yaml"), false, &file));
	current = json_string_value(json_object_get(file, "current"));
	json_object_foreach(json_object_get(file, "contexts"), name, v)
	{
		(void)json_array_append_new(items,
		    json_pack("{s:b,s:s,s:O*}", "current",
			current != NULL && strcmp(current, name) == 0, "name",
			name, "server", json_object_get(v, "server")));
	}
	json_decref(file);
	if (c->format != FORMAT_TABLE)
		return out_json(c, json_pack("{s:o}", "items", items));
	listing_table(items, columns, 3);
	json_decref(items);
	return OK;
}

enum err
cmd_login_context_use(struct cli *c)
{
	const char *name = command_arg(c, 0);
	json_t *file;
	const json_t *one;

	TRY(conf_load(conf_path("config.yaml"), false, &file));
	one = json_object_get(json_object_get(file, "contexts"), name);
	if (one == NULL) {
		json_decref(file);
		return fail_with(ERR_CONTEXT_UNKNOWN, "\"%s\"", name);
	}
	json_decref(file);
	return store_in(conf_path("config.yaml"), false, NULL, "current",
	    json_string(name), NULL);
}

enum err
cmd_login_context_show(struct cli *c)
{
	const struct conf *k;

	TRY(conf_get(c, &k));
	if (c->format != FORMAT_TABLE)
		return out_json(c,
		    json_pack("{s:s?,s:s?,s:s?,s:b}", "context", k->context,
			"server", k->server, "ca_file", k->ca_file, "token",
			k->token != NULL));
	out_data("context  %s\nserver   %s\ntoken    %s\n",
	    k->context ? k->context : "-", k->server ? k->server : "-",
	    k->token ? "yes" : "none");
	return OK;
}

enum err
cmd_login_whoami(struct cli *c)
{
	const struct conf *k;
	json_t *j;

	TRY(conf_get(c, &k));
	TRY(try_token(k, &j));
	if (c->format != FORMAT_TABLE)
		return out_json(c, j);
	out_data("%s of %s at %s\nscopes   %s\nexpires  %s\n",
	    listing_text(j, "member"), listing_text(j, "organisation"),
	    k->server, listing_text(j, "scopes"), listing_text(j, "expires"));
	json_decref(j);
	return OK;
}
