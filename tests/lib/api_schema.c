/* SPDX-License-Identifier: ISC */
#include "api_schema.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static json_t *openapi; /* read once, kept */

static bool fits(const json_t *schema, const json_t *j);

static const json_t *
resolve(const json_t *schema)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	if (ref == NULL)
		return schema;
	return json_object_get(json_object_get(json_object_get(openapi,
						   "components"),
				   "schemas"),
	    strrchr(ref, '/') + 1);
}

static bool
fits_type(const char *type, const json_t *j)
{
	if (strcmp(type, "object") == 0)
		return json_is_object(j);
	if (strcmp(type, "array") == 0)
		return json_is_array(j);
	if (strcmp(type, "string") == 0)
		return json_is_string(j);
	if (strcmp(type, "integer") == 0)
		return json_is_integer(j);
	if (strcmp(type, "null") == 0)
		return json_is_null(j);
	return json_is_boolean(j);
}

static bool
fits_members(const json_t *schema, const json_t *j)
{
	const json_t *members = json_object_get(schema, "properties");
	const json_t *pattern = json_object_get(schema, "patternProperties");
	const char *name;
	json_t *v, *need;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, need)
	{
		if (!json_object_get(j, json_string_value(need)))
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)j, name, v)
	{
		const json_t *m = json_object_get(members, name);

		if (m ? !fits(m, v) : members && !pattern)
			return false;
	}
	return true;
}

static bool
fits(const json_t *schema, const json_t *j)
{
	const json_t *s = resolve(schema);
	const json_t *any = json_object_get(s, "oneOf");
	const json_t *choice = json_object_get(s, "enum");
	const json_t *one = json_object_get(s, "const");
	const char *type = json_string_value(json_object_get(s, "type"));
	bool ok = any == NULL && choice == NULL;
	json_t *v;
	size_t i;

	json_array_foreach(any, i, v) ok = ok || fits(v, j);
	json_array_foreach(choice, i, v) ok = ok || json_equal(v, j);
	if (!ok || (type && !fits_type(type, j)) ||
	    (one && !json_equal(one, j)))
		return false;
	if (json_is_object(j) && json_object_get(s, "properties"))
		return fits_members(s, j);
	json_array_foreach(j, i, v)
	{
		if (json_object_get(s, "items") &&
		    !fits(json_object_get(s, "items"), v))
			return false;
	}
	return true;
}

void
api_schema_is(const char *component, const json_t *j)
{
	json_t *ref =
	    json_pack("{s:s+}", "$ref", "#/components/schemas/", component);

	if (openapi == NULL)
		openapi = json_load_file("openapi/encl.json", 0, NULL);
	if (!fits(ref, j)) {
		json_dumpf(j, stdout, JSON_INDENT(1));
		ck_abort_msg("not a %s", component);
	}
	json_decref(ref);
}
