/* SPDX-License-Identifier: ISC */
#include "dialect_row.h"

#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>

#include "pointer.h"

json_t *
dialect_row_take(struct dialect_reader *r, const char *theirs)
{
	json_t *v = pointer_get(r->source, theirs);

	if (v)
		pointer_remove(r->rest, theirs);
	return v;
}

static void
came_from(struct dialect_reader *r, const char *ours, const char *theirs)
{
	if (json_object_set_new(r->origin, ours, json_string(theirs)) != 0)
		r->e = ERR_OUT_OF_MEMORY;
}

void
dialect_row_put(struct dialect_reader *r, const char *ours, json_t *v,
    const char *theirs)
{
	if (!pointer_set(r->d, ours, v))
		r->e = ERR_OUT_OF_MEMORY;
	came_from(r, ours, theirs);
}

void
dialect_row_add(struct dialect_reader *r, const char *ours, json_t *v,
    const char *theirs)
{
	json_t *list = pointer_get(r->d, ours);
	char item[POINTER_MAX];

	if (list == NULL) {
		if (!pointer_set(r->d, ours, json_array()))
			r->e = ERR_OUT_OF_MEMORY;
		list = pointer_get(r->d, ours);
	}
	for (size_t i = 0; v && i < json_array_size(list); i++) {
		if (json_equal(json_array_get(list, i), v)) {
			json_decref(v);
			return;
		}
	}
	(void)snprintf(item, sizeof item, "%s/%zu", ours,
	    json_array_size(list));
	if (json_array_append_new(list, v) != 0)
		r->e = ERR_OUT_OF_MEMORY;
	came_from(r, item, theirs);
}

static bool
is_address(const char *s)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "/");
	uint8_t b[16];

	if (n >= sizeof address)
		return false;
	memcpy(address, s, n);
	address[n] = '\0';
	return inet_pton(AF_INET, address, b) == 1 ||
	       inet_pton(AF_INET6, address, b) == 1;
}

void
dialect_row_rule(struct dialect_reader *r, const char *action,
    const char *target, const json_t *port, const char *theirs)
{
	const char *kind = is_address(target) ? "cidr" : "host";
	json_t *rule = json_pack("{s:s}", kind, target);
	int bad = rule == NULL;

	if (port)
		bad |=
		    json_object_set_new(rule, "ports", json_pack("[O]", port));
	if (strcmp(action, "deny") == 0)
		bad |= json_object_set_new(rule, "action", json_string(action));
	if (pointer_get(r->d, "/egress/default") == NULL)
		dialect_row_put(r, "/egress/default", json_string("deny"),
		    theirs);
	if (bad) {
		json_decref(rule);
		rule = NULL;
	}
	dialect_row_add(r, "/egress/rules", rule, theirs);
}

void
dialect_row_note(struct dialect_reader *r, const char *theirs, const char *text)
{
	json_t *note = json_pack("{s:s, s:s}", "pointer", theirs, "text", text);
	const json_t *said;
	size_t i;

	json_array_foreach(r->notes, i, said)
	{
		if (json_equal(said, note)) {
			json_decref(note);
			return;
		}
	}
	if (json_array_append_new(r->notes, note) != 0)
		r->e = ERR_OUT_OF_MEMORY;
}

void
dialect_row_refuse(struct dialect_reader *r, const char *theirs,
    const char *text)
{
	shape_fault(r->faults, theirs, text);
	if (r->e == OK)
		r->e = ERR_DEFINITION_BAD;
}

const char *
dialect_row_target(const json_t *rule)
{
	const char *host = json_string_value(json_object_get(rule, "host"));

	return host ? host : json_string_value(json_object_get(rule, "cidr"));
}

bool
dialect_row_denies(const json_t *rule)
{
	const char *s = json_string_value(json_object_get(rule, "action"));

	return s && strcmp(s, "deny") == 0;
}

const json_t *
dialect_row_port(const json_t *rule)
{
	return json_array_get(json_object_get(rule, "ports"), 0);
}

char *
dialect_row_lower(const char *s)
{
	char *t = strdup(s);

	for (char *c = t; c && *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return t;
}
