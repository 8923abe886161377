/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "dialect.h"
#include "pointer.h"

/* Takes a member away that says what its absence says. */
static void
drop(json_t *o, const char *name, const char *usual)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s && strcmp(s, usual) == 0)
		(void)json_object_del(o, name);
}

/* Adds a rule for a port, NULL for all, unless it is in seen: an object, since
 * the longest list has thousands. */
static bool
add_rule(json_t *list, json_t *seen, const json_t *rule, json_t *port)
{
	json_t *one = json_deep_copy(rule);
	bool good;
	char *text;

	if (port &&
	    json_object_set_new(one, "ports", json_pack("[O]", port)) != 0) {
		json_decref(one);
		return false;
	}
	drop(one, "protocol", "tcp");
	drop(one, "action", "allow");
	text = json_dumps(one, JSON_COMPACT | JSON_SORT_KEYS);
	good = text != NULL;
	if (good && json_object_get(seen, text) == NULL)
		good = json_array_append(list, one) == 0 &&
		       json_object_set_new(seen, text, json_true()) == 0;
	free(text);
	json_decref(one);
	return good;
}

static bool
split_rules(json_t *egress)
{
	json_t *was = json_object_get(egress, "rules"), *list = json_array();
	json_t *seen = json_object();
	bool good = list && seen;

	for (size_t i = 0; good && i < json_array_size(was); i++) {
		json_t *rule = json_array_get(was, i);
		json_t *ports = json_object_get(rule, "ports");

		if (ports == NULL)
			good = add_rule(list, seen, rule, NULL);
		for (size_t k = 0; good && k < json_array_size(ports); k++)
			good = add_rule(list, seen, rule,
			    json_array_get(ports, k));
	}
	json_decref(seen);
	if (good && json_array_size(list) > 0)
		return json_object_set_new(egress, "rules", list) == 0;
	json_decref(list);
	(void)json_object_del(egress, "rules");
	return good;
}

static bool
simplify(json_t *d)
{
	json_t *egress = json_object_get(d, "egress");
	json_t *ports = json_object_get(d, "ports");
	json_t *storage = json_object_get(d, "storage");

	(void)json_object_del(d, "imported");
	if (egress && !split_rules(egress))
		return false;
	drop(egress, "default", "deny");
	if (egress && json_object_size(egress) == 0)
		(void)json_object_del(d, "egress");
	for (size_t i = 0; i < json_array_size(ports); i++) {
		json_t *port = json_array_get(ports, i);

		drop(port, "protocol", "tcp");
		if (json_is_false(json_object_get(port, "tls")))
			(void)json_object_del(port, "tls");
	}
	if (ports && json_array_size(ports) == 0)
		(void)json_object_del(d, "ports");
	if (json_is_false(json_object_get(d, "debug")))
		(void)json_object_del(d, "debug");
	if (json_is_true(json_object_get(storage, "encrypted")))
		(void)json_object_del(storage, "encrypted");
	if (json_is_false(json_object_get(storage, "anti_rollback")))
		(void)json_object_del(storage, "anti_rollback");
	return true;
}

json_t *
dialect_meaning(const json_t *d)
{
	json_t *copy = json_deep_copy(d);

	if (copy && simplify(copy))
		return copy;
	json_decref(copy);
	return NULL;
}
