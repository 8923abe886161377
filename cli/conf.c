/* SPDX-License-Identifier: ISC */
#include "conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "definition/yaml.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "project.h"

#define CONF_MAX (256 * 1024)

static char *
xdg_path(const char *variable, const char *below_home, const char *name)
{
	const char *dir = getenv(variable), *home = getenv("HOME");

	/* The XDG text: a path that is not absolute is to be ignored. */
	if (dir != NULL && dir[0] == '/')
		return mem_printf("%s/encl/%s", dir, name);
	return mem_printf("%s/%s/encl/%s", home != NULL ? home : "", below_home,
	    name);
}

char *
conf_url(const char *url)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return mem_string(span_of(url, n));
}

char *
conf_path(const char *name)
{
	return xdg_path("XDG_CONFIG_HOME", ".config", name);
}

char *
conf_state_path(const char *name)
{
	return xdg_path("XDG_STATE_HOME", ".local/state", name);
}

char *
conf_data_path(const char *name)
{
	return xdg_path("XDG_DATA_HOME", ".local/share", name);
}

enum err
conf_load(const char *path, bool secret, json_t **j)
{
	struct shape_faults f = { 0 };
	struct span text;
	enum err e;

	*j = NULL;
	if (!file_is_there(path)) {
		*j = json_object();
		return *j != NULL ? OK : ERR_OUT_OF_MEMORY;
	}
	TRY(secret ? file_read_private(path, CONF_MAX, &text)
		   : file_read(path, CONF_MAX, &text));
	e = yaml_load(text, j, &f);
	if (e == ERR_OUT_OF_MEMORY)
		return e;
	if (e != OK)
		return fail_with(ERR_CONFIG_BAD, "%s: %s", path,
		    f.n > 0 ? f.fault[0].message : err_sentence(e));
	if (json_is_object(*j))
		return OK;
	json_decref(*j);
	*j = NULL;
	return fail_with(ERR_CONFIG_BAD, "%s is not a map.", path);
}

enum err
conf_store(const char *path, const json_t *j)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	enum err e = ERR_OUT_OF_MEMORY;

	if (f == NULL)
		return e;
	out_yaml(f, j);
	if (fclose(f) == 0)
		e = file_replace(path, span_of(text, n), 0600);
	free(text);
	return e;
}

enum err
conf_token_file(const char *path, const char **token)
{
	struct span s;
	const uint8_t *nl;

	TRY(file_read(path, 4096, &s));
	nl = s.n > 0 ? memchr(s.p, '\n', s.n) : NULL;
	if (nl != NULL)
		s.n = (size_t)(nl - s.p);
	if (s.n == 0 || !text_is_line(s) || memchr(s.p, ' ', s.n) != NULL)
		return fail_with(ERR_TOKEN_BAD, "%s holds no token.", path);
	*token = mem_string(s);
	return OK;
}

static const char *
text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? mem_printf("%s", s) : NULL;
}

enum err
conf_text(const char *name, const char **text)
{
	json_t *j;

	TRY(conf_load(conf_path("config.yaml"), false, &j));
	*text = text_of(j, name);
	json_decref(j);
	return OK;
}

static enum err
take_roots(const json_t *list, struct conf *k)
{
	for (size_t i = 0; i < json_array_size(list) && i < CONF_ROOTS; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL ||
		    !text_unhex(span_str(s), k->root[k->root_n++].b, 32))
			return fail_with(ERR_CONFIG_BAD,
			    "A root of context \"%s\" is not 64 hex digits.",
			    k->context);
	}
	return OK;
}

static enum err
take_evidence_roots(const json_t *list, struct conf *k)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || k->evidence_root_n == CONF_ROOTS)
			return fail_with(ERR_CONFIG_BAD,
			    "evidence_roots of context \"%s\" is a list of at "
			    "most %d files.",
			    k->context, CONF_ROOTS);
		k->evidence_root[k->evidence_root_n++] = mem_printf("%s", s);
	}
	return OK;
}

/* Takes server and ca_file of the context where nothing said more. */
static enum err
from_context(const json_t *config, struct conf *k, const char **server)
{
	const json_t *all = json_object_get(config, "contexts");
	const json_t *one;

	if (k->context == NULL)
		return OK;
	one = json_object_get(all, k->context);
	if (!json_is_object(one))
		return fail_with(ERR_CONTEXT_UNKNOWN, "\"%s\"", k->context);
	*server = text_of(one, "server");
	if (k->ca_file == NULL)
		k->ca_file = text_of(one, "ca_file");
	TRY(take_evidence_roots(json_object_get(one, "evidence_roots"), k));
	return take_roots(json_object_get(one, "roots"), k);
}

static enum err
stored_token(struct conf *k)
{
	json_t *j;
	const json_t *one;
	const char *server;

	if (k->context == NULL || k->server == NULL)
		return OK;
	TRY(conf_load(conf_path("credentials.yaml"), true, &j));
	one = json_object_get(j, k->context);
	server = json_string_value(json_object_get(one, "server"));
	if (server != NULL && strcmp(server, k->server) == 0)
		k->token = text_of(one, "token");
	json_decref(j);
	return OK;
}

static enum err
find_token(const struct cli *c, struct conf *k, bool foreign)
{
	const char *path = command_value(c, "token-file");
	const char *env = getenv("ENCL_TOKEN");

	if (path == NULL && (env == NULL || env[0] == '\0'))
		return stored_token(k);
	if (foreign) {
		fail_hint("name it with --server or ENCL_SERVER too");
		return fail_with(ERR_CONFIG_BAD,
		    "Only .encl.yaml names the server %s; a token is not "
		    "sent there.",
		    k->server);
	}
	if (path != NULL)
		return conf_token_file(path, &k->token);
	k->token = env;
	return OK;
}

static enum err
resolve(const struct cli *c, const json_t *config, struct conf *k)
{
	const char *of_context = NULL, *of_project, *s;

	TRY(project_load());
	of_project = project_value("server");
	k->ca_file = command_value(c, "ca-file");
	k->insecure_http = command_is(c, "insecure-http");
	k->context = command_value(c, "context");
	if (k->context == NULL)
		k->context = project_value("context");
	if (k->context == NULL)
		k->context = text_of(config, "current");
	TRY(from_context(config, k, &of_context));
	s = command_value(c, "server");
	if (s == NULL)
		s = of_project != NULL ? of_project : of_context;
	if (s == NULL)
		return OK;
	k->server = conf_url(s);
	return find_token(c, k,
	    s == of_project &&
		(of_context == NULL || strcmp(of_context, of_project) != 0));
}

enum err
conf_get(const struct cli *c, const struct conf **conf)
{
	static struct conf k;
	static bool done;
	json_t *config;
	enum err e = OK;

	if (!done) {
		TRY(conf_load(conf_path("config.yaml"), false, &config));
		e = resolve(c, config, &k);
		json_decref(config);
		done = e == OK;
	}
	*conf = &k;
	return e;
}
