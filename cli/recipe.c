/* SPDX-License-Identifier: ISC */
#include "recipe.h"

#include "definition/yaml.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define RECIPE_MAX ((size_t)64 * 1024)

const struct option recipe_options[] = {
	{ "kernel", 0, "FILE", false, NULL, "the kernel: bzImage or Image" },
	{ "cmdline", 0, "TEXT", false, NULL,
	    "the kernel's command line; @FILE reads it" },
	{ "boot", 0, "FILE", false, NULL,
	    "the boot ramdisk, with the init: cpio, compressed or not" },
	{ "root", 0, "PATH", false, NULL,
	    "the application: an OCI image layout (folder or tar), or a "
	    "root file system, in a tar or a folder" },
	{ "ref", 0, "NAME", false, NULL,
	    "which image of the layout, by name or digest" },
	{ "arch", 0, "x86_64|aarch64", false, NULL, "x86_64 by default" },
	{ "chain-id", 0, "ID", false, NULL,
	    "the chain that the enclave serves, put into "
	    "/etc/encl/chain-id" },
	{ "definition", 0, "FILE", false, NULL,
	    "the definition, put into /etc/encl" },
	{ "cmd", 0, "ARG", true, NULL,
	    "the program and its arguments, instead of the image's" },
	{ "env", 0, "NAME=VALUE", true, NULL,
	    "the environment, instead of the image's" },
	{ "flat", 0, NULL, false, NULL,
	    "the root file system is the ramdisk's own root, without the "
	    "files cmd and env" },
	{ "owners", 0, NULL, false, NULL,
	    "keep owners and groups; else all is root's" },
	{ "gzip", 0, NULL, false, NULL, "compress the application's ramdisk" },
	{ "name", 0, "TEXT", false, NULL,
	    "the image's name in its metadata, which is not measured" },
	{ "image-version", 0, "TEXT", false, NULL, "likewise its version" },
	{ "time", 0, "TIME", false, NULL,
	    "likewise when it was built (1970-01-01T00:00:00Z)" },
	{ "memory", 0, "MIB", false, NULL,
	    "the default memory in the header; else the definition's, or "
	    "512" },
	{ "cpus", 0, "N", false, NULL, "likewise processors, or 2" },
	{ "kernel-sha256", 0, "HEX", false, NULL,
	    "refuse another kernel than this" },
	{ "boot-sha256", 0, "HEX", false, NULL, "another boot ramdisk" },
	{ "root-sha256", 0, "HEX", false, NULL,
	    "another tar, or another manifest of the image" },
	{ .name = NULL },
};

static const char *const paths[] = { "kernel", "boot", "root", "definition",
	NULL };

static bool
is_path(const char *name)
{
	for (size_t i = 0; paths[i] != NULL; i++)
		if (strcmp(paths[i], name) == 0)
			return true;
	return false;
}

static const struct option *
row(const char *name)
{
	for (const struct option *o = recipe_options; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static enum err
bad(const char *file, const char *name, const char *what)
{
	return fail_with(ERR_RECIPE_BAD, "%s: %s %s.", file, name, what);
}

/* A path of the file, from where the program runs. */
static char *
beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || slash == NULL)
		return mem_printf("%s", path);
	return mem_printf("%.*s/%s", (int)(slash - file), file, path);
}

static enum err
scalar(const char *file, const struct option *o, const json_t *v, json_t *to)
{
	const char *s = json_string_value(v);

	if (o->value == NULL) {
		if (!json_is_boolean(v))
			return bad(file, o->name, "is true or false");
		if (json_is_true(v))
			(void)json_object_set_new(to, o->name, json_true());
		return OK;
	}
	if (json_is_integer(v))
		s = mem_printf("%lld", (long long)json_integer_value(v));
	if (s == NULL)
		return bad(file, o->name, "is a text");
	if (is_path(o->name))
		s = beside(file, s);
	else if (strcmp(o->name, "cmdline") == 0 && s[0] == '@')
		s = mem_printf("@%s", beside(file, s + 1));
	(void)json_object_set_new(to, o->name, json_string(s));
	return OK;
}

static enum err
member(const char *file, const char *key, json_t *v, json_t *to)
{
	char *name = mem_printf("%s", key);
	const struct option *o;
	size_t i;
	json_t *item;

	for (char *p = name; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
	o = row(name);
	if (o == NULL)
		return bad(file, key, "is not known");
	if (json_object_get(to, name) != NULL)
		return bad(file, key, "stands there twice");
	if (!o->many)
		return scalar(file, o, v, to);
	if (!json_is_array(v))
		return bad(file, key, "is a list");
	json_array_foreach(v, i,
	    item) if (!json_is_string(item)) return bad(file, key,
	    "is a list of texts");
	(void)json_object_set(to, name, v);
	return OK;
}

static enum err
from_file(const char *file, json_t *to)
{
	struct shape_faults f = { 0 };
	struct span text;
	json_t *j = NULL, *v;
	const char *key;
	enum err e;

	TRY(file_read(file, RECIPE_MAX, &text));
	e = yaml_load(text, &j, &f);
	if (e != OK)
		return fail_with(ERR_RECIPE_BAD, "%s: %s", file,
		    f.n > 0 ? f.fault[0].message : err_sentence(e));
	if (!json_is_object(j))
		e = fail_with(ERR_RECIPE_BAD, "%s is not a map.", file);
	json_object_foreach(j, key, v) if (e == OK) e =
	    member(file, key, v, to);
	json_decref(j);
	return e;
}

static void
from_options(const struct cli *c, json_t *to)
{
	const char *value[COMMAND_MAX];

	for (const struct option *o = recipe_options; o->name != NULL; o++) {
		size_t n = command_values(c, o->name, value, COMMAND_MAX);
		json_t *list;

		if (n == 0)
			continue;
		if (o->value == NULL) {
			(void)json_object_set_new(to, o->name, json_true());
			continue;
		}
		if (!o->many) {
			(void)json_object_set_new(to, o->name,
			    json_string(value[n - 1]));
			continue;
		}
		list = json_array();
		for (size_t i = 0; i < n; i++)
			(void)json_array_append_new(list,
			    json_string(value[i]));
		(void)json_object_set_new(to, o->name, list);
	}
}

enum err
recipe_read(const struct cli *c, const char *file, bool options, json_t **j)
{
	*j = json_object();
	if (file != NULL)
		TRY(from_file(file, *j));
	if (options)
		from_options(c, *j);
	return OK;
}

const char *
recipe_text(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

bool
recipe_is(const json_t *j, const char *name)
{
	return json_is_true(json_object_get(j, name));
}

const json_t *
recipe_list(const json_t *j, const char *name)
{
	return json_object_get(j, name);
}
