/* SPDX-License-Identifier: ISC */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "server/openapi_embed.h"
#include "server/route.h"
#include "server/scope.h"
#include "tests/lib/suite.h"

/* openapi/encl.json is the source of truth for routes: every row of the table
 * is an operation there and the other way round, and both say the same. */

static json_t *doc;

static json_t *
load(void)
{
	json_error_t e;

	if (doc == NULL)
		doc = json_load_file("openapi/encl.json",
		    JSON_REJECT_DUPLICATES, &e);
	ck_assert_msg(doc != NULL, "openapi/encl.json: %s", e.text);
	return doc;
}

static const json_t *
at(const json_t *j, const char *a, const char *b)
{
	j = json_object_get(j, a);
	return b ? json_object_get(j, b) : j;
}

static const char *
text(const json_t *j, const char *member)
{
	return json_string_value(json_object_get(j, member));
}

static const json_t *
operation_of(const struct route *r)
{
	char method[16] = "";

	for (size_t i = 0; r->method[i] && i + 1 < sizeof method; i++)
		method[i] = (char)(r->method[i] | 0x20);
	return at(at(load(), "paths", r->path), method, NULL);
}

static const struct route *
row_of(const char *path, const char *method)
{
	for (size_t i = 0; i < route_count; i++)
		if (strcmp(routes[i].path, path) == 0 &&
		    strcasecmp(routes[i].method, method) == 0)
			return &routes[i];
	return NULL;
}

static bool
has_parameter(const json_t *op, const char *name)
{
	const json_t *p;
	size_t i;

	json_array_foreach(json_object_get(op, "parameters"), i, p)
	{
		const char *ref = text(p, "$ref");
		const char *slash = ref ? strrchr(ref, '/') : NULL;
		const json_t *it =
		    slash ? at(at(load(), "components", "parameters"),
				slash + 1, NULL)
			  : p;

		if (strcmp(text(it, "name"), name) == 0)
			return true;
	}
	return false;
}

START_TEST(every_operation_has_a_row)
{
	const char *path, *method;
	json_t *item, *op;
	size_t n = 0;

	json_object_foreach(json_object_get(load(), "paths"), path, item)
	    json_object_foreach(item, method, op)
	{
		ck_assert_msg(row_of(path, method) != NULL, "no row for %s %s",
		    method, path);
		n++;
	}
	ck_assert_uint_eq(n, route_count);
}
END_TEST

START_TEST(every_row_has_an_operation)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		const json_t *op = operation_of(r);

		ck_assert_msg(op != NULL, "no operation for %s %s", r->method,
		    r->path);
		ck_assert_str_eq(text(op, "operationId"), r->id);
	}
}
END_TEST

static uint32_t
scopes_of(const json_t *requirement)
{
	return scope_of_json(json_object_get(requirement, "bearer"));
}

START_TEST(who_may_call_is_the_same)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		const json_t *s = at(operation_of(r), "security", NULL);
		const json_t *first = json_array_get(s, 0);

		if (json_array_size(s) == 0)
			ck_assert_msg(r->who == WHO_ANYONE, "%s", r->id);
		else if (json_object_size(first) == 0)
			ck_assert_msg(r->who == WHO_EITHER &&
					  json_array_size(s) == 2,
			    "%s", r->id);
		else
			ck_assert_msg(r->who == WHO_TOKEN &&
					  scopes_of(first) == r->scopes,
			    "%s", r->id);
	}
}
END_TEST

static bool
is_type_of(const char *types, const char *type)
{
	size_t n = strlen(type);

	for (const char *p = types; p; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, type, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
			return true;
	}
	return false;
}

static size_t
words(const char *types)
{
	size_t n = 1;

	for (; *types; types++)
		n += *types == ' ';
	return n;
}

START_TEST(bodies_are_the_same)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		const json_t *op = operation_of(r);
		const json_t *content = at(op, "requestBody", "content");
		const char *type;
		json_t *media;

		ck_assert_msg((r->body != NULL) == (content != NULL), "%s",
		    r->id);
		if (r->body == NULL) {
			ck_assert_msg(r->body_max == 0, "%s", r->id);
			continue;
		}
		ck_assert_msg(words(r->body) == json_object_size(content), "%s",
		    r->id);
		json_object_foreach(json_object_get(json_object_get(op,
							"requestBody"),
					"content"),
		    type, media) ck_assert_msg(is_type_of(r->body, type),
		    "%s takes no %s", r->id, type);
		ck_assert_msg((size_t)json_integer_value(
				  at(op, "x-body-max", NULL)) == r->body_max,
		    "%s", r->id);
	}
}
END_TEST

START_TEST(success_limit_and_idempotency_are_the_same)
{
	static const char *const limit[] = { [LIMIT_READ] = "read",
		[LIMIT_WRITE] = "write",
		[LIMIT_NONE] = "none" };

	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		const json_t *op = operation_of(r);
		char status[8];

		snprintf(status, sizeof status, "%u", r->status);
		ck_assert_msg(at(op, "responses", status) != NULL,
		    "%s answers %u", r->id, r->status);
		ck_assert_str_eq(text(op, "x-rate-limit"), limit[r->limit]);
		ck_assert_msg(has_parameter(op, "Idempotency-Key") ==
				  r->idempotent_key,
		    "%s", r->id);
	}
}
END_TEST

/* What every operation must tell a reader. */
START_TEST(operations_are_whole)
{
	static const char *const always[] = { "400", "401", "408", "413", "429",
		"500", "503" };

	for (size_t i = 0; i < route_count; i++) {
		const json_t *op = operation_of(&routes[i]);

		ck_assert_msg(text(op, "summary") && text(op, "description"),
		    "%s", routes[i].id);
		for (size_t k = 0; k < sizeof always / sizeof *always; k++)
			ck_assert_msg(at(op, "responses", always[k]) != NULL,
			    "%s does not name %s", routes[i].id, always[k]);
	}
}
END_TEST

/* An object schema without additionalProperties would let anything pass. */
static void
closed(const json_t *schema, const char *where)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(schema))
		json_array_foreach(schema, i, value) closed(value, where);
	if (!json_is_object(schema))
		return;
	if (json_is_string(json_object_get(schema, "type")) &&
	    strcmp(text(schema, "type"), "object") == 0)
		ck_assert_msg(json_object_get(schema, "additionalProperties") !=
				  NULL,
		    "an object in %s is open", where);
	void *iter = json_object_iter((json_t *)(uintptr_t)schema);
	for (; iter;
	     iter = json_object_iter_next((json_t *)(uintptr_t)schema, iter)) {
		key = json_object_iter_key(iter);
		if (strcmp(key, "example") != 0)
			closed(json_object_iter_value(iter), where);
	}
}

START_TEST(schemas_are_closed)
{
	const char *name;
	json_t *schema;

	json_object_foreach(json_object_get(json_object_get(load(),
						"components"),
				"schemas"),
	    name, schema) closed(schema, name);
}
END_TEST

START_TEST(what_is_served_is_the_file)
{
	struct span s = openapi_embed();
	json_t *served = json_loadb((const char *)s.p, s.n, 0, NULL);

	ck_assert(json_equal(served, load()));
	json_decref(served);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_operation_has_a_row,
		every_row_has_an_operation, who_may_call_is_the_same,
		bodies_are_the_same, success_limit_and_idempotency_are_the_same,
		operations_are_whole, schemas_are_closed,
		what_is_served_is_the_file };

	return SUITE_RUN("routes", t);
}
