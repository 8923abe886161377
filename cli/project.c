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
	struct list {
		size_t n;
		const char *text[16];
	} key, agent;
} project;

static enum err
take_list(const char *name, const json_t *v, struct list *l)
{
	size_t i;
	json_t *item;

	if (!json_is_array(v) ||
	    json_array_size(v) > sizeof l->text / sizeof l->text[0])
		return fail_with(ERR_CONFIG_BAD,
		    PROJECT_FILE ": %s is a list of texts.", name);
	json_array_foreach((json_t *)(uintptr_t)v, i, item)
	{
		if (!json_is_string(item))
			return fail_with(ERR_CONFIG_BAD,
			    PROJECT_FILE ": %s is a list of texts.", name);
		l->text[l->n++] = mem_printf("%s", json_string_value(item));
	}
	return OK;
}

static size_t
give_list(const struct list *l, const char **text, size_t max)
{
	size_t n = l->n < max ? l->n : max;

	for (size_t i = 0; i < n; i++)
		text[i] = l->text[i];
	return n;
}

static enum err
take(const char *name, const json_t *v)
{
	if (strcmp(name, "keys") == 0)
		return take_list(name, v, &project.key);
	if (strcmp(name, "agents") == 0)
		return take_list(name, v, &project.agent);
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
	return give_list(&project.key, ref, max);
}

size_t
project_agents(const char **url, size_t max)
{
	return give_list(&project.agent, url, max);
}
