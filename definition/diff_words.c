/* SPDX-License-Identifier: ISC */
#include "diff_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "diff_imported.h"
#include "diff_note.h"
#include "diff_ports.h"
#include "diff_rules.h"
#include "diff_value.h"
#include "pointer.h"

enum how {
	VALUE, /* "NOUN a to b" */
	KEYED, /* the same, the last part of the place being part of the noun */
	MIB,
	BYTES,
	COUNT,
	PHRASE, /* what is said when it is `wide`, and when it is not */
	ORDER,  /* of a list */
	DEFAULT,
	KEPT,
	OWN /* said where it was compared */
};

enum widens {
	ADDED = 1 << 0,
	CHANGED = 1 << 1,
	REMOVED = 1 << 2,
	WIDE = 1 << 3, /* when it is `wide`, or not said any more not to be */
	LOST = 1 << 4  /* when it was `wide` and is not any more */
};

/* A sentence for each member, in the order in which they are shown; * is any
 * one part of a place. */
struct word {
	const char *at;
	enum how how;
	const char *noun; /* PHRASE: when it is wide */
	unsigned widens;
	const char *wide, *else_noun;
};

static const struct word words[] = {
	{ "/imported", OWN, NULL, 0, NULL, NULL },
	{ "/extensions/*/*", KEPT, NULL, 0, NULL, NULL },
	{ "/egress/default", DEFAULT, NULL, WIDE, "allow", NULL },
	{ "/egress/rules/*", OWN, NULL, 0, NULL, NULL },
	{ "/egress/rules", OWN, NULL, 0, NULL, NULL },
	{ "/egress/dns", VALUE, "name resolution", WIDE, "open", NULL },
	{ "/egress/resolvers/*", VALUE, "resolver", ADDED, NULL, NULL },
	{ "/egress/resolvers", ORDER, "resolvers", 0, NULL, NULL },
	{ "/egress/proxy_port", VALUE, "egress proxy port", 0, NULL, NULL },
	{ "/ports/*", OWN, NULL, 0, NULL, NULL },
	{ "/ports/*/*", OWN, NULL, 0, NULL, NULL },
	{ "/debug", PHRASE,
	    "debug mode: the host reads its console, and every measurement is "
	    "zero",
	    WIDE, "true", "no debug mode any more" },
	{ "/visibility", VALUE, "visibility", WIDE, "public", NULL },
	{ "/secrets/*", VALUE, "secret", ADDED, NULL, NULL },
	{ "/secrets", ORDER, "secrets", 0, NULL, NULL },
	{ "/environment/*", VALUE, "environment variable", ADDED, NULL, NULL },
	{ "/environment", ORDER, "environment variables", 0, NULL, NULL },
	{ "/kms_proxy/listen_port", VALUE, "KMS proxy port", ADDED, NULL,
	    NULL },
	{ "/kms_proxy/endpoints/*", KEYED, "KMS endpoint", ADDED | CHANGED,
	    NULL, NULL },
	{ "/api/listen_port", VALUE, "runtime API port", ADDED, NULL, NULL },
	{ "/storage/encrypted", PHRASE, "storage is not encrypted", WIDE,
	    "false", "storage is encrypted" },
	{ "/storage/anti_rollback", PHRASE,
	    "an old copy of its storage is noticed", LOST, "true",
	    "an old copy of its storage is not noticed any more" },
	{ "/storage/size_mib", MIB, "storage", ADDED, NULL, NULL },
	{ "/storage/size_bytes", BYTES, "storage", ADDED, NULL, NULL },
	{ "/storage/mount", VALUE, "storage mounted at", 0, NULL, NULL },
	{ "/name", VALUE, "name", 0, NULL, NULL },
	{ "/description", VALUE, "description", 0, NULL, NULL },
	{ "/image", VALUE, "image", 0, NULL, NULL },
	{ "/dockerfile", VALUE, "Dockerfile", 0, NULL, NULL },
	{ "/eif", VALUE, "enclave image file", 0, NULL, NULL },
	{ "/target", VALUE, "build target", 0, NULL, NULL },
	{ "/runtime/*", KEYED, "runtime", 0, NULL, NULL },
	{ "/source/repo", VALUE, "source repository", 0, NULL, NULL },
	{ "/source/commit", VALUE, "source commit", 0, NULL, NULL },
	{ "/source/build", VALUE, "build command", 0, NULL, NULL },
	{ "/resources/cpus", COUNT, "CPU", 0, NULL, NULL },
	{ "/resources/memory_mib", MIB, "memory", 0, NULL, NULL },
	{ "/instance_type", VALUE, "instance type", 0, NULL, NULL },
	{ "/replicas", COUNT, "replica", 0, NULL, NULL },
	{ "/healthcheck/path", VALUE, "health check path", 0, NULL, NULL },
	{ "/healthcheck/port", VALUE, "health check port", 0, NULL, NULL },
	{ "/signing/certificate", VALUE, "signing certificate", 0, NULL, NULL },
	{ "/signing/key", VALUE, "signing key file", 0, NULL, NULL },
	{ "/measurements/*", KEYED, "measurement", 0, NULL, NULL },
	{ "/upgrade/upgradable", VALUE, "upgradable", 0, NULL, NULL },
	{ "/upgrade/min_delay", VALUE, "window", 0, NULL, NULL },
	{ "/upgrade/threshold", VALUE, "threshold", 0, NULL, NULL },
	{ "/upgrade/control_keys/*", VALUE, "control key", 0, NULL, NULL },
	{ "/upgrade/control_keys", ORDER, "control keys", 0, NULL, NULL },
	{ "/upgrade/guardian_keys/*", VALUE, "guardian key", 0, NULL, NULL },
	{ "/upgrade/guardian_keys", ORDER, "guardian keys", 0, NULL, NULL },
	{ "/upgrade/pcrs/*", VALUE, "PCR", 0, NULL, NULL },
	{ "/upgrade/pcrs", ORDER, "PCRs", 0, NULL, NULL },
};
#define WORDS (sizeof words / sizeof words[0])

static bool
matches(const char *at, const char *pointer)
{
	while (*at && *pointer) {
		if (*at == '*') {
			at++;
			pointer += strcspn(pointer, "/");
		} else if (*at++ != *pointer++) {
			return false;
		}
	}
	return *at == '\0' && *pointer == '\0';
}

static const struct word *
word_of(const char *pointer)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (matches(words[i].at, pointer))
			return &words[i];
	}
	return NULL;
}

/* One change, and the definitions that it is between. */
struct change {
	const char *pointer;
	const json_t *old, *new, *was, *is;
};

/* A part of a place as it was before it was escaped; the last one is 0. */
static const char *
part(const char *pointer, unsigned from_end, char text[POINTER_MAX])
{
	const char *end = pointer + strlen(pointer), *s;
	size_t n = 0;

	for (;; from_end--) {
		for (s = end; s > pointer && *s != '/';)
			s--;
		if (from_end == 0)
			break;
		end = s > pointer ? s - 1 : s;
	}
	for (s++; s <= end && *s && *s != '/'; s++) {
		bool escaped = *s == '~' && (s[1] == '0' || s[1] == '1');

		text[n++] = !escaped ? *s : s[1] == '0' ? '~' : '/';
		s += escaped;
	}
	text[n] = '\0';
	return text;
}

static bool
is_wide(const struct word *w, const json_t *v)
{
	const char *s = json_string_value(v);

	if (json_is_boolean(v))
		s = json_is_true(v) ? "true" : "false";
	return w->wide && s && strcmp(s, w->wide) == 0;
}

static bool
widens(const struct word *w, const struct change *c)
{
	unsigned kind = c->old == NULL   ? ADDED
			: c->new == NULL ? REMOVED
					 : CHANGED;

	if (w->widens & WIDE)
		return is_wide(w, c->new) ||
		       (c->new == NULL && !is_wide(w, c->old));
	if (w->widens & LOST)
		return is_wide(w, c->old) && !is_wide(w, c->new);
	return (w->widens & kind) != 0;
}

/* Whether any egress rule of a definition allows, or denies. */
static bool
any_rule(const json_t *d, bool denies)
{
	const json_t *rules = pointer_get(d, "/egress/rules");

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const char *action = json_string_value(
		    json_object_get(json_array_get(rules, i), "action"));

		if ((action && strcmp(action, "deny") == 0) == denies)
			return true;
	}
	return false;
}

static const char *
reach(const json_t *d, bool open)
{
	if (open)
		return any_rule(d, true) ? "everything that no rule denies"
					 : "everything";
	return any_rule(d, false) ? "only what its rules allow" : "nothing";
}

static void
say_default(const struct word *w, const struct change *c, char *text)
{
	(void)snprintf(text, DIFF_CHANGE, "egress now allows %s (was: %s)",
	    reach(c->is, is_wide(w, c->new)),
	    reach(c->was, is_wide(w, c->old)));
}

static void
say_kept(const struct change *c, char *text)
{
	char format[POINTER_MAX], at[POINTER_MAX], noun[121];
	char shown_at[DIFF_VALUE], shown_format[DIFF_VALUE];

	(void)part(c->pointer, 0, at);
	(void)part(c->pointer, 1, format);
	(void)snprintf(noun, sizeof noun, "%.83s of %.33s",
	    diff_value_clip(at, 80, shown_at),
	    diff_value_clip(format, 30, shown_format));
	diff_value_change(text, noun, c->old, c->new);
	(void)snprintf(text + strlen(text), DIFF_CHANGE - strlen(text),
	    ", which nothing here judges");
}

static void
say_order(const struct word *w, const struct change *c, char *text)
{
	(void)c;
	(void)snprintf(text, DIFF_CHANGE, "%s in another order", w->noun);
}

static void
say_keyed(const struct word *w, const struct change *c, char *text)
{
	char key[POINTER_MAX], noun[121], shown[DIFF_VALUE];

	(void)snprintf(noun, sizeof noun, "%s %.83s", w->noun,
	    diff_value_clip(part(c->pointer, 0, key), 80, shown));
	diff_value_change(text, noun, c->old, c->new);
}

static void
say(const struct word *w, const struct change *c, char text[DIFF_CHANGE])
{
	switch (w->how) {
	case VALUE:
		diff_value_change(text, w->noun, c->old, c->new);
		break;
	case KEYED:
		say_keyed(w, c, text);
		break;
	case MIB:
		diff_value_size(text, w->noun, 20, c->old, c->new);
		break;
	case BYTES:
		diff_value_size(text, w->noun, 0, c->old, c->new);
		break;
	case COUNT:
		diff_value_count(text, w->noun, c->old, c->new);
		break;
	case PHRASE:
		(void)snprintf(text, DIFF_CHANGE, "%s",
		    is_wide(w, c->new) ? w->noun : w->else_noun);
		break;
	case ORDER:
		say_order(w, c, text);
		break;
	case DEFAULT:
		say_default(w, c, text);
		break;
	case KEPT:
		say_kept(c, text);
		break;
	case OWN:
		break;
	}
}

/* Gives one change its sentence; what has none keeps what it has. */
static bool
reword(json_t *item, const json_t *was, const json_t *is)
{
	struct change c = { .was = was, .is = is };
	char said[DIFF_CHANGE], text[DIFF_CHANGE + 32];
	const struct word *w;

	c.pointer = json_string_value(json_object_get(item, "pointer"));
	c.old = json_object_get(item, "old");
	c.new = json_object_get(item, "new");
	w = word_of(c.pointer);
	if (w == NULL || w->how == OWN)
		return true;
	say(w, &c, said);
	(void)snprintf(text, sizeof text, "%s%s",
	    pointer_is_in(c.pointer, "/upgrade") ? "for a new chain, " : "",
	    said);
	return json_object_set_new(item, "text", json_string(text)) == 0 &&
	       json_object_set_new(item, "widens",
		   json_boolean(widens(w, &c))) == 0;
}

/* A size in the unit of the other one, where it is a whole number there. */
static bool
convert_size(json_t *old, const json_t *new)
{
	const json_t *mib = json_object_get(old, "size_mib");
	const json_t *bytes = json_object_get(old, "size_bytes");
	json_int_t n = json_integer_value(mib ? mib : bytes);

	if (mib && json_object_get(new, "size_bytes"))
		return json_object_set_new(old, "size_bytes",
			   json_integer(n << 20)) == 0 &&
		       json_object_del(old, "size_mib") == 0;
	if (bytes && json_object_get(new, "size_mib") && (n & 0xfffff) == 0)
		return json_object_set_new(old, "size_mib",
			   json_integer(n >> 20)) == 0 &&
		       json_object_del(old, "size_bytes") == 0;
	return true;
}

/* A copy without what its absence says, and without the lists that are
 * compared by themselves. */
static json_t *
simple(const json_t *d)
{
	json_t *copy = json_deep_copy(d), *meaning;

	(void)json_object_del(copy, "ports");
	(void)json_object_del(json_object_get(copy, "egress"), "rules");
	meaning = copy ? dialect_meaning(copy) : NULL;
	json_decref(copy);
	return meaning;
}

/* A change and where it stands in the order. */
struct ranked {
	json_t *item;
	size_t rank, at;
};

static int
by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static size_t
rank(const json_t *item)
{
	const struct word *w =
	    word_of(json_string_value(json_object_get(item, "pointer")));
	size_t i = w ? (size_t)(w - words) : WORDS;

	return json_is_true(json_object_get(item, "widens")) ? i
							     : i + WORDS + 1;
}

/* The list with what widens first, else as the table has it. */
static json_t *
ordered(const json_t *list)
{
	size_t n = json_array_size(list);
	struct ranked *of = calloc(n + 1, sizeof *of);
	json_t *out = json_array();
	bool good = of && out;

	for (size_t i = 0; good && i < n; i++) {
		of[i].item = json_array_get(list, i);
		of[i].rank = rank(of[i].item);
		of[i].at = i;
	}
	if (good && n > 0)
		qsort(of, n, sizeof *of, by_rank);
	for (size_t i = 0; good && i < n; i++)
		good = json_array_append(out, of[i].item) == 0;
	free(of);
	if (good)
		return out;
	json_decref(out);
	return NULL;
}

/* What changed, without the sentences of the table. */
static json_t *
changes(const json_t *was, const json_t *is)
{
	json_t *x = simple(was), *y = simple(is), *list = NULL;

	if (x && y &&
	    convert_size(json_object_get(x, "storage"),
		json_object_get(y, "storage")))
		list = definition_diff(x, y);
	json_decref(x);
	json_decref(y);
	if (list && diff_imported(list, was, is) &&
	    diff_rules(list, pointer_get(was, "/egress/rules"),
		pointer_get(is, "/egress/rules")) &&
	    diff_ports(list, json_object_get(was, "ports"),
		json_object_get(is, "ports")))
		return list;
	json_decref(list);
	return NULL;
}

json_t *
diff_words(const json_t *old, const json_t *new)
{
	json_t *nothing = json_object(), *list = NULL, *all;
	const json_t *was = old ? old : nothing;
	bool good;

	if (nothing)
		list = changes(was, new);
	good = list != NULL;
	for (size_t i = 0; good && i < json_array_size(list); i++)
		good = reword(json_array_get(list, i), was, new);
	all = good ? ordered(list) : NULL;
	json_decref(nothing);
	json_decref(list);
	return all;
}
