/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/body.h"
#include "tests/lib/suite.h"

#define VECTORS "../shared/vectors/"

static const struct shape any = { .type = SHAPE_ANY };

/* A request with this body, and what body_json says of it. */
static enum err
read_as(struct span body, const struct shape *shape, struct reply *r)
{
	struct arena *a = arena_make(65536, 4 << 20);
	struct req q = { .body = body, .arena = a };
	json_t *j = NULL;
	enum err e;

	e = body_json(&q, r, shape, &j);
	json_decref(j);
	arena_free(a);
	return e;
}

static enum err
verdict(struct span body, const struct shape *shape)
{
	struct reply r = { 0 };
	enum err e = read_as(body, shape, &r);

	json_decref(r.extra);
	return e;
}

static struct span
slurp(const char *file)
{
	FILE *f = fopen(file, "rb");
	uint8_t *p = malloc(1 << 20);
	size_t n = f && p ? fread(p, 1, 1 << 20, f) : 0;

	if (f)
		fclose(f);
	return span_of(p, n);
}

/* Accepted by the grammar, refused here on purpose: members twice, NULs in
 * strings, and what is not an object or an array at the top. */
static bool
is_stricter(const char *name, struct span s)
{
	static const char *const on_purpose[] = {
		"y_object_duplicated_key.json",
		"y_object_duplicated_key_and_value.json",
		"y_string_null_escape.json", "y_object_escaped_null_in_key.json"
	};

	for (size_t i = 0; i < sizeof on_purpose / sizeof *on_purpose; i++)
		if (strcmp(name, on_purpose[i]) == 0)
			return true;
	while (s.n && strchr(" \t\r\n", s.p[0]))
		s.p++, s.n--;
	return s.n == 0 || (s.p[0] != '{' && s.p[0] != '[');
}

START_TEST(json_test_suite)
{
	DIR *d = opendir(VECTORS "json/test_parsing");
	struct dirent *f;
	unsigned n = 0;

	if (d == NULL) {
		puts("skipped json_test_suite: no vectors here");
		return;
	}
	while ((f = readdir(d)) != NULL) {
		char path[512];
		struct span s;
		enum err e;

		snprintf(path, sizeof path, VECTORS "json/test_parsing/%s",
		    f->d_name);
		if (f->d_name[0] != 'y' && f->d_name[0] != 'n')
			continue;
		s = slurp(path);
		e = verdict(s, &any);
		if (f->d_name[0] == 'n')
			ck_assert_msg(e != OK, "%s was accepted", f->d_name);
		else if (is_stricter(f->d_name, s))
			ck_assert_msg(e != OK, "%s was accepted", f->d_name);
		else
			ck_assert_msg(e == OK, "%s was refused", f->d_name);
		free((void *)(uintptr_t)s.p);
		n++;
	}
	closedir(d);
	ck_assert_uint_gt(n, 200);
}
END_TEST

static const struct shape members[] = { BODY_NAME("name", SHAPE_REQUIRED),
	{ .name = "line", .type = SHAPE_LINE, .min = 1, .max = 64 },
	{ .name = "text", .type = SHAPE_TEXT, .max = 4000 },
	{ .name = "n", .type = SHAPE_UINT, .min = 1, .max = 9 },
	{ .name = "yes", .type = SHAPE_BOOL }, { .type = SHAPE_END } };
static const struct shape shape = { .type = SHAPE_OBJECT, .of = members };

static void
refused_at(const char *body, enum err want, const char *pointer)
{
	struct reply r = { 0 };
	const json_t *first;

	ck_assert_msg(read_as(span_str(body), &shape, &r) == want, "%s", body);
	first = json_array_get(json_object_get(r.extra, "errors"), 0);
	ck_assert_msg(first != NULL, "%s", body);
	ck_assert_str_eq(json_string_value(json_object_get(first, "pointer")),
	    pointer);
	ck_assert(r.detail[0] != '\0');
	json_decref(r.extra);
}

START_TEST(faults_say_where)
{
	refused_at("{}", ERR_JSON_FIELD, "/name");
	refused_at("{\"name\":1}", ERR_JSON_FIELD, "/name");
	refused_at("{\"name\":null}", ERR_JSON_FIELD, "/name");
	refused_at("{\"name\":\"a\",\"n\":0}", ERR_JSON_FIELD, "/n");
	refused_at("{\"name\":\"a\",\"n\":10}", ERR_JSON_FIELD, "/n");
	refused_at("{\"name\":\"a\",\"n\":1.0}", ERR_JSON_FIELD, "/n");
	refused_at("{\"name\":\"a\",\"n\":\"1\"}", ERR_JSON_FIELD, "/n");
	refused_at("{\"name\":\"a\",\"n\":-1}", ERR_JSON_FIELD, "/n");
	refused_at("{\"name\":\"a\",\"yes\":1}", ERR_JSON_FIELD, "/yes");
	refused_at("{\"name\":\"a\",\"other\":1}", ERR_JSON_FIELD, "/other");
	refused_at("{\"name\":\"a\",\"__proto__\":1}", ERR_JSON_FIELD,
	    "/__proto__");
	refused_at("[]", ERR_JSON_FIELD, "");
	refused_at("{\"name\":\"a\",\"name\":\"a\"}", ERR_JSON_BAD, "");
	refused_at("{\"name\":\"a\"} {}", ERR_JSON_BAD, "");
	ck_assert_int_eq(verdict(span_str("{\"name\":\"a\",\"n\":9}"), &shape),
	    OK);
	ck_assert_int_eq(verdict(span_str(""), &shape), ERR_BODY_MISSING);
}
END_TEST

/* [[[...]]] depth deep. */
static struct span
nested(char *buf, size_t depth)
{
	memset(buf, '[', depth);
	memset(buf + depth, ']', depth);
	return span_of(buf, 2 * depth);
}

START_TEST(depth_has_an_edge)
{
	static char buf[400000];

	ck_assert_int_eq(verdict(nested(buf, 16), &any), OK);
	ck_assert_int_eq(verdict(nested(buf, 17), &any), ERR_JSON_DEPTH);
	ck_assert_int_eq(verdict(nested(buf, 200000), &any), ERR_JSON_DEPTH);
	memset(buf, '[', sizeof buf);
	ck_assert_int_eq(verdict(span_of(buf, sizeof buf), &any),
	    ERR_JSON_DEPTH);
	ck_assert_int_eq(verdict(span_str("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[\"}"),
			     &any),
	    OK);
}
END_TEST

START_TEST(names)
{
	static const char *const good[] = { "a", "0", "a-b.c_d", "x1" };
	static const char *const bad[] = { "", "-a", ".a", "_", "A", "a b",
		"a/b", "..", "\xc3\xa4" };
	char full[BODY_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(body_is_name(span_str(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!body_is_name(span_str(bad[i])), "%s", bad[i]);
	memset(full, 'a', sizeof full);
	ck_assert(body_is_name(span_of(full, BODY_NAME_MAX)));
	ck_assert(!body_is_name(span_of(full, BODY_NAME_MAX + 1)));
}
END_TEST

/* Each string in each text member: a verdict and no crash; what passes has no
 * control character. */
START_TEST(naughty_strings)
{
	json_t *list = json_load_file(VECTORS "blns/blns.json", 0, NULL);
	static const char *const member[] = { "name", "line", "text" };
	size_t i;
	json_t *s;

	if (list == NULL) {
		puts("skipped naughty_strings: no vectors here");
		return;
	}
	json_array_foreach(list, i, s) for (size_t k = 0; k < 3; k++)
	{
		json_t *j = json_pack("{s:s}", "name", "a");
		char *body;
		enum err e;

		json_object_set(j, member[k], s);
		body = json_dumps(j, 0);
		ck_assert_ptr_nonnull(body);
		e = verdict(span_str(body), &shape);
		ck_assert_msg(e == OK || e == ERR_JSON_FIELD ||
				  e == ERR_JSON_BAD,
		    "%s", body);
		for (const char *c = json_string_value(s); e == OK && *c; c++)
			ck_assert((uint8_t)*c >= 0x20 && *c != 0x7f);
		free(body);
		json_decref(j);
	}
	json_decref(list);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { json_test_suite, faults_say_where,
		depth_has_an_edge, names, naughty_strings };

	return SUITE_RUN("body", t);
}
