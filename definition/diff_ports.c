/* SPDX-License-Identifier: ISC */
#include "diff_ports.h"

#include <stdio.h>
#include <string.h>

#include "definition.h"
#include "diff_note.h"
#include "diff_value.h"

static const char *
protocol(const json_t *port)
{
	const char *s = json_string_value(json_object_get(port, "protocol"));

	return s ? s : "tcp";
}

static json_int_t
number(const json_t *port)
{
	return json_integer_value(json_object_get(port, "port"));
}

/* A port without what its absence says. */
static json_t *
bare(const json_t *port)
{
	json_t *o = json_copy(shape_lend(port));

	if (strcmp(protocol(o), "tcp") == 0)
		(void)json_object_del(o, "protocol");
	if (json_is_false(json_object_get(o, "tls")))
		(void)json_object_del(o, "tls");
	return o;
}

static json_t *
bare_list(const json_t *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < json_array_size(ports); i++) {
		if (json_array_append_new(list,
			bare(json_array_get(ports, i))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool
note_whole(json_t *list, size_t i, json_t *old, json_t *new)
{
	const json_t *port = old ? old : new;
	const char *name = json_string_value(json_object_get(port, "name"));
	const char *rest[] = { "key_file", "cert_file" };
	char pointer[64], more[2][DIFF_VALUE + 16] = { "", "" };

	(void)snprintf(pointer, sizeof pointer, "/ports/%zu", i);
	for (size_t k = 0; k < 2; k++) {
		const json_t *file = json_object_get(port, rest[k]);
		char shown[DIFF_VALUE];

		if (file)
			(void)snprintf(more[k], sizeof more[k], ", %s %s",
			    k ? "certificate" : "key", diff_value(file, shown));
	}
	return diff_note(list, pointer, old, new, new != NULL,
	    json_sprintf("%s port %lld/%s%s%s%s%s%s",
		new ? "listens on" : "no longer listens on",
		(long long)number(port), protocol(port),
		json_is_true(json_object_get(port, "tls")) ? " with TLS" : "",
		name ? ", " : "", name ? name : "", more[0], more[1]));
}

/* One member of a port that both have. */
static bool
note_member(json_t *list, size_t i, const json_t *port, const char *name,
    const char *noun, json_t *old, json_t *new)
{
	char pointer[64], text[DIFF_CHANGE];
	bool tls = strcmp(name, "tls") == 0;

	(void)snprintf(pointer, sizeof pointer, "/ports/%zu/%s", i, name);
	if (tls)
		(void)snprintf(text, sizeof text, "%s",
		    new ? "TLS ends inside the enclave"
			: "TLS no longer ends inside the enclave");
	else
		diff_value_change(text, noun, old, new);
	return diff_note(list, pointer, old, new, tls && new == NULL,
	    json_sprintf("port %lld/%s: %s", (long long)number(port),
		protocol(port), text));
}

static bool
note_members(json_t *list, size_t i, const json_t *old, const json_t *new)
{
	static const char *const members[][2] = { { "tls", "" },
		{ "name", "name" }, { "key_file", "key file" },
		{ "cert_file", "certificate file" } };
	bool good = true;

	for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
		json_t *a = json_object_get(old, members[k][0]);
		json_t *b = json_object_get(new, members[k][0]);

		if (!(a == b || (a && b && json_equal(a, b))))
			good = good && note_member(list, i, new, members[k][0],
					   members[k][1], a, b);
	}
	return good;
}

/* Takes a pair out of both lists: equal ones, or those of one number. */
static bool
take_pairs(json_t *list, json_t *old, json_t *new, bool equal)
{
	bool good = true;

	for (size_t i = 0; i < json_array_size(old); i++) {
		for (size_t k = 0; good && k < json_array_size(new); k++) {
			const json_t *a = json_array_get(old, i);
			const json_t *b = json_array_get(new, k);

			if (json_is_null(a) || json_is_null(b) ||
			    (equal ? !json_equal(a, b)
				   : number(a) != number(b) ||
					 strcmp(protocol(a), protocol(b)) != 0))
				continue;
			good = note_members(list, k, a, b) &&
			       json_array_set_new(old, i, json_null()) == 0 &&
			       json_array_set_new(new, k, json_null()) == 0;
		}
	}
	return good;
}

static bool
note_rest(json_t *list, json_t *ports, bool is_new)
{
	bool good = true;
	json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
	{
		if (!json_is_null(port))
			good = good && note_whole(list, i, is_new ? NULL : port,
					   is_new ? port : NULL);
	}
	return good;
}

bool
diff_ports(json_t *list, json_t *old, json_t *new)
{
	json_t *a = bare_list(old), *b = bare_list(new);
	bool good = a && b && take_pairs(list, a, b, true) &&
		    take_pairs(list, a, b, false) &&
		    note_rest(list, a, false) && note_rest(list, b, true);

	json_decref(a);
	json_decref(b);
	return good;
}
