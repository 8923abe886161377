/* SPDX-License-Identifier: ISC */
#include "project.h"

#include "conf.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define PROJECT_FILE ".encl.yaml"

static const char *const names[] = { "enclave", "definition", "eif", "pcrs",
	"source", "server", "context", NULL };

static struct {
	bool loaded;
	const char *value[sizeof names / sizeof names[0]];
	size_t key_n;
	const char *key[16];
} project;

static enum err
take_keys(const json_t *list)
{
	size_t i;
	json_t *v;

	if (!json_is_array(list) ||
	    json_array_size(list) > sizeof project.key / sizeof project.key[0])
		return fail_with(ERR_CONFIG_BAD,
		    PROJECT_FILE ": keys is a list of references.");
	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		if (!json_is_string(v))
			return fail_with(ERR_CONFIG_BAD,
			    PROJECT_FILE ": keys is a list of references.");
		project.key[project.key_n++] =
		    mem_printf("%s", json_string_value(v));
	}
	return OK;
}

static enum err
take(const char *name, const json_t *v)
{
	if (strcmp(name, "keys") == 0)
		return take_keys(v);
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(name, names[i]) == 0 && json_is_string(v)) {
			project.value[i] =
			    mem_printf("%s", json_string_value(v));
			return OK;
		}
	return fail_with(ERR_CONFIG_BAD,
	    PROJECT_FILE ": \"%s\" is unknown or not text.", name);
}

enum err
project_load(void)
{
	json_t *j, *v;
	const char *name;
	enum err e = OK;

	if (project.loaded)
		return OK;
	TRY(conf_load(PROJECT_FILE, false, &j));
	json_object_foreach(j, name, v)
	{
		if (e == OK)
			e = take(name, v);
	}
	json_decref(j);
	project.loaded = e == OK;
	return e;
}

const char *
project_value(const char *name)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(name, names[i]) == 0)
			return project.value[i];
	return NULL;
}

size_t
project_keys(const char **ref, size_t max)
{
	size_t n = project.key_n < max ? project.key_n : max;

	for (size_t i = 0; i < n; i++)
		ref[i] = project.key[i];
	return n;
}
