/* SPDX-License-Identifier: ISC */
/* Every member that the schema knows has a sentence of its own. */
#include <check.h>
#include <stdio.h>

#include "definition/definition.h"
#include "definition/dialect.h"
#include "definition/diff_words.h"
#include "definition/pointer.h"
#include "tests/lib/diff_lines.h"
#include "tests/lib/suite.h"

/* A value of each type, k telling two of them apart. */
static json_t *value_of(const struct shape *s, int k);

static json_t *
object_of(const struct shape *of, int k)
{
	json_t *o = json_object();

	for (; of->type != SHAPE_END; of++)
		json_object_set_new(o, of->name, value_of(of, k));
	return o;
}

static json_t *
value_of(const struct shape *s, int k)
{
	switch (s->type) {
	case SHAPE_TEXT:
	case SHAPE_LINE:
	case SHAPE_HEX:
	case SHAPE_DURATION:
		return json_sprintf("v%d", k);
	case SHAPE_UINT:
	case SHAPE_PORT:
		return json_integer(1 + k);
	case SHAPE_BOOL:
		return json_boolean(k);
	case SHAPE_CHOICE:
		return json_string(s->choice[k]);
	case SHAPE_OBJECT:
		return object_of(s->of, k);
	case SHAPE_ARRAY:
		return json_pack("[o]", value_of(s->of, k));
	case SHAPE_MAP:
		return json_pack("{s:o}", "key", value_of(s->of, k));
	case SHAPE_END:
	case SHAPE_ANY:
		break;
	}
	ck_abort_msg("a shape that no definition has");
}

static json_t *
with(const char *pointer, json_t *value)
{
	json_t *d = json_pack("{s:s}", "name", "a");

	if (strncmp(pointer, "/ports/0/", 9) == 0)
		json_object_set_new(d, "ports",
		    json_pack("[{s:i}]", "port", 1));
	if (strncmp(pointer, "/egress/rules/0/", 16) == 0)
		json_object_set_new(d, "egress",
		    json_pack("{s:[{s:s}]}", "rules", "host", "h"));
	if (strncmp(pointer, "/storage/", 9) == 0)
		json_object_set_new(d, "storage",
		    json_pack("{s:s}", "mount", "/m"));
	if (value)
		ck_assert_msg(pointer_set(d, pointer, value), "%s", pointer);
	return d;
}

static bool
is_generic(const char *text)
{
	return strstr(text, ": added") || strstr(text, ": removed") ||
	       strstr(text, " becomes ");
}

static void
must_say(const char *pointer, json_t *old, json_t *new)
{
	json_t *a = with(pointer, old), *b = with(pointer, new);
	json_t *x = dialect_meaning(a), *y = dialect_meaning(b);
	json_t *list = diff_words(a, b);

	ck_assert_ptr_nonnull(list);
	if (!json_equal(x, y))
		ck_assert_msg(json_array_size(list) > 0, "nothing of %s",
		    pointer);
	for (size_t i = 0; i < json_array_size(list); i++)
		ck_assert_msg(!is_generic(json_string_value(
				  json_object_get(json_array_get(list, i),
				      "text"))),
		    "%s has no sentence: %s", pointer, diff_lines(list));
	json_decref(list);
	json_decref(a);
	json_decref(b);
	json_decref(x);
	json_decref(y);
}

static void
must_say_each(const struct shape *s, const char *pointer)
{
	char below[POINTER_MAX];

	must_say(pointer, NULL, value_of(s, 0));
	must_say(pointer, value_of(s, 0), NULL);
	must_say(pointer, NULL, value_of(s, 1));
	must_say(pointer, value_of(s, 1), NULL);
	must_say(pointer, value_of(s, 0), value_of(s, 1));
	must_say(pointer, value_of(s, 1), value_of(s, 0));
	(void)snprintf(below, sizeof below, "%s", pointer);
	if (s->type == SHAPE_OBJECT) {
		for (const struct shape *m = s->of; m->type != SHAPE_END; m++) {
			ck_assert(pointer_add(below, m->name));
			must_say_each(m, below);
			(void)snprintf(below, sizeof below, "%s", pointer);
		}
	} else if (s->type == SHAPE_ARRAY && s->of->type == SHAPE_OBJECT) {
		ck_assert(pointer_add(below, "0"));
		must_say_each(s->of, below);
	}
}

START_TEST(every_member_of_the_schema_has_a_sentence)
{
	size_t n = 0;

	for (const struct shape *m = definition_shape.of; m->type != SHAPE_END;
	     m++, n++) {
		char pointer[POINTER_MAX] = "";

		if (strcmp(m->name, "imported") == 0)
			continue; /* no part of what it means */
		ck_assert(pointer_add(pointer, m->name));
		must_say_each(m, pointer);
	}
	ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(a_member_without_a_sentence_keeps_its_line)
{
	json_t *a = json_pack("{s:s}", "name", "a");
	json_t *b = json_pack("{s:s, s:{s:i}}", "name", "a", "novel", "x", 1);
	json_t *list = diff_words(a, b);

	ck_assert_str_eq(diff_lines(list), "novel/x: added 1\n");
	json_decref(list);
	json_decref(a);
	json_decref(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { every_member_of_the_schema_has_a_sentence,
		a_member_without_a_sentence_keeps_its_line };

	return SUITE_RUN("diff_words_schema", t);
}
