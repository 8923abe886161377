/* SPDX-License-Identifier: ISC */
#include "diff_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "chain/span.h"
#include "definition.h"
#include "diff_note.h"

#define RULE_TEXT 2048 /* the longest target and 64 ports have room */

/* A rule without its ports, and without what its absence says. */
static json_t *
bare(const json_t *rule)
{
	static const char *const usual[][2] = { { "protocol", "tcp" },
		{ "action", "allow" } };
	json_t *o = json_copy(shape_lend(rule));

	(void)json_object_del(o, "ports");
	for (size_t i = 0; o && i < 2; i++) {
		const char *s =
		    json_string_value(json_object_get(o, usual[i][0]));

		if (s && strcmp(s, usual[i][1]) == 0)
			(void)json_object_del(o, usual[i][0]);
	}
	return o;
}

static bool
is_deny(const json_t *rule)
{
	const char *s = json_string_value(json_object_get(rule, "action"));

	return s && strcmp(s, "deny") == 0;
}

/* What a bare rule says for one port, NULL for every one, as text. */
static json_t *
key_of(const json_t *rule, const json_t *port)
{
	char *a = json_dumps(rule, JSON_COMPACT | JSON_SORT_KEYS);
	char *b = port ? json_dumps(port, JSON_ENCODE_ANY) : NULL;
	json_t *key =
	    a && (b || !port) ? json_sprintf("%s %s", a, b ? b : "") : NULL;

	free(a);
	free(b);
	return key;
}

/* Each port of each rule: as keys of an object, and in order. */
struct cover {
	json_t *keys, *order;
};

static bool
cover_add(struct cover *c, const json_t *rule, const json_t *port)
{
	json_t *key = key_of(rule, port);
	const char *text = json_string_value(key);
	bool good = text != NULL;

	if (good && json_object_get(c->keys, text) == NULL)
		good = json_object_set_new(c->keys, text,
			   json_boolean(is_deny(rule))) == 0 &&
		       json_array_append(c->order, key) == 0;
	json_decref(key);
	return good;
}

static bool
cover_of(const json_t *rules, struct cover *c)
{
	bool good;
	size_t i, k;
	json_t *rule, *port;

	c->keys = json_object();
	c->order = json_array();
	good = c->keys && c->order;
	json_array_foreach(rules, i, rule)
	{
		json_t *one = bare(rule);
		json_t *ports = json_object_get(rule, "ports");

		good = good && one && (ports || cover_add(c, one, NULL));
		json_array_foreach(ports, k, port) good =
		    good && cover_add(c, one, port);
		json_decref(one);
	}
	return good;
}

static void
cover_free(struct cover *c)
{
	json_decref(c->keys);
	json_decref(c->order);
}

static bool
covers(const struct cover *c, const json_t *rule, const json_t *port)
{
	json_t *key = key_of(rule, port);
	bool is = key && json_object_get(c->keys, json_string_value(key));

	json_decref(key);
	return is;
}

static void
put(struct out *o, const char *s)
{
	out_put(o, s, strlen(s));
}

static void
put_ports(struct out *o, const json_t *ports)
{
	char number[24];

	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);

		put(o, i ? "," : ":");
		(void)snprintf(number, sizeof number, "%lld",
		    (long long)json_integer_value(port));
		put(o, json_is_string(port) ? json_string_value(port) : number);
	}
}

static void
put_target(struct out *o, const json_t *rule, const json_t *ports)
{
	const char *host = json_string_value(json_object_get(rule, "host"));
	const char *cidr = json_string_value(json_object_get(rule, "cidr"));
	bool brackets = ports && cidr && strchr(cidr, ':');

	put(o, is_deny(rule) ? "deny " : "egress ");
	put(o, brackets ? "[" : "");
	put(o, host ? host : cidr ? cidr : "the parent machine");
	put(o, brackets ? "]" : "");
	put_ports(o, ports);
	if (ports == NULL && !is_deny(rule))
		put(o, " on every port");
}

/* The rest of a bare rule. */
static void
put_way(struct out *o, const json_t *rule)
{
	const char *protocol =
	    json_string_value(json_object_get(rule, "protocol"));
	const char *loopback =
	    json_string_value(json_object_get(rule, "loopback"));
	const json_t *vsock = json_object_get(rule, "vsock_port");
	char text[64];

	if (protocol && strcmp(protocol, "any") == 0) {
		put(o, ", any protocol");
	} else if (protocol) {
		put(o, "/");
		put(o, protocol);
	}
	if (loopback) {
		put(o, ", through ");
		put(o, loopback);
	}
	if (vsock) {
		(void)snprintf(text, sizeof text, ", vsock port %lld",
		    (long long)json_integer_value(vsock));
		put(o, text);
	}
}

static json_t *
sentence(const char *verb, const json_t *rule)
{
	char text[RULE_TEXT];
	struct out o = out_of(text, sizeof text);

	put(&o, verb);
	put_target(&o, rule, json_object_get(rule, "ports"));
	put_way(&o, rule);
	return json_stringn(text, o.n);
}

/* What of a rule the other list does not have; NULL without memory, an empty
 * rule when it has all. */
static json_t *
missing(const json_t *rule, const struct cover *other)
{
	json_t *one = bare(rule), *left = json_array(), *port;
	json_t *ports = json_object_get(rule, "ports");
	bool good = one && left, all = false;
	size_t i;

	if (good && ports == NULL)
		all = covers(other, one, NULL);
	json_array_foreach(ports, i, port) good =
	    good &&
	    (covers(other, one, port) || json_array_append(left, port) == 0);
	if (good && ports)
		all = json_array_size(left) == 0;
	if (good && all)
		good = json_object_clear(one) == 0;
	else if (good && ports)
		good = json_object_set(one, "ports", left) == 0;
	json_decref(left);
	if (good)
		return one;
	json_decref(one);
	return NULL;
}

static bool
note_missing(json_t *list, const json_t *rules, const struct cover *other,
    bool is_new)
{
	bool good = true;

	for (size_t i = 0; good && i < json_array_size(rules); i++) {
		json_t *rule = missing(json_array_get(rules, i), other);
		char pointer[64];

		(void)snprintf(pointer, sizeof pointer, "/egress/rules/%zu", i);
		good = rule != NULL;
		if (good && json_object_size(rule) > 0)
			good = diff_note(list, pointer, is_new ? NULL : rule,
			    is_new ? rule : NULL, is_deny(rule) != is_new,
			    sentence(is_new ? "adds " : "drops ", rule));
		json_decref(rule);
	}
	return good;
}

/* Of an order, what the other list has as well; *both: it allows and denies. */
static json_t *
common(const struct cover *c, const struct cover *other, bool *both)
{
	json_t *list = json_array(), *key;
	bool good = list != NULL, denies = false, allows = false;
	size_t i;

	json_array_foreach(c->order, i, key)
	{
		const json_t *deny =
		    json_object_get(other->keys, json_string_value(key));

		if (deny == NULL)
			continue;
		denies = denies || json_is_true(deny);
		allows = allows || json_is_false(deny);
		good = good && json_array_append(list, key) == 0;
	}
	*both = denies && allows;
	if (good)
		return list;
	json_decref(list);
	return NULL;
}

/* The first rule that matches decides, so an order that is another can allow
 * what it denied. */
static bool
note_order(json_t *list, json_t *old, json_t *new, const struct cover *a,
    const struct cover *b)
{
	bool both = false;
	json_t *x = common(a, b, &both), *y = common(b, a, &both);
	bool good = x && y;

	if (good && !json_equal(x, y))
		good = diff_note(list, "/egress/rules", old, new, both,
		    json_string("egress rules in another order, and the first "
				"that matches decides"));
	json_decref(x);
	json_decref(y);
	return good;
}

bool
diff_rules(json_t *list, json_t *old, json_t *new)
{
	struct cover a = { 0 }, b = { 0 };
	bool good = cover_of(old, &a);

	good = cover_of(new, &b) && good;
	good = good && note_missing(list, old, &b, false) &&
	       note_missing(list, new, &a, true) &&
	       note_order(list, old, new, &a, &b);
	cover_free(&a);
	cover_free(&b);
	return good;
}
