/* SPDX-License-Identifier: ISC */
#include "shape.h"

#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "duration.h"

/* The value that is being looked at, and the way to it from the top. */
struct at {
	const struct at *up;
	const char *member; /* NULL: item `index` of an array; of the top, the
			     * way to it */
	size_t index;
};

static void
pointer_put(struct out *o, const struct at *at)
{
	char index[24];

	if (at->up == NULL) {
		out_put(o, at->member, strlen(at->member));
		return;
	}
	pointer_put(o, at->up);
	out_put(o, "/", 1);
	if (at->member == NULL) {
		(void)snprintf(index, sizeof index, "%zu", at->index);
		out_put(o, index, strlen(index));
		return;
	}
	for (const char *c = at->member; *c; c++) {
		if (*c == '~') {
			out_put(o, "~0", 2);
		} else if (*c == '/') {
			out_put(o, "~1", 2);
		} else {
			out_put(o, c, 1);
		}
	}
}

void
shape_fault(struct shape_faults *f, const char *pointer, const char *message)
{
	struct shape_fault *x;

	if (f == NULL || f->n == SHAPE_FAULTS)
		return;
	x = &f->fault[f->n++];
	(void)snprintf(x->pointer, sizeof x->pointer, "%s", pointer);
	(void)snprintf(x->message, sizeof x->message, "%s", message);
}

static enum err
fault(struct shape_faults *f, const struct at *at, const char *message)
{
	char pointer[sizeof f->fault[0].pointer];
	struct out o = out_of(pointer, sizeof pointer - 1);

	pointer_put(&o, at);
	pointer[o.n] = '\0';
	shape_fault(f, pointer, message);
	return ERR_JSON_FIELD;
}

/* min to max in words: "1 to 64", "exactly 32", "at most 4". */
static void
range_text(const struct shape *s, char text[64])
{
	unsigned long long min = s->min, max = s->max;

	if (min == max) {
		(void)snprintf(text, 64, "exactly %llu", min);
	} else if (min == 0) {
		(void)snprintf(text, 64, "at most %llu", max);
	} else {
		(void)snprintf(text, 64, "%llu to %llu", min, max);
	}
}

static enum err
range_fault(const struct shape *s, const char *before, const char *after,
    struct shape_faults *f, const struct at *at)
{
	char range[64], message[128];

	range_text(s, range);
	(void)snprintf(message, sizeof message, "must %s %s%s", before, range,
	    after);
	return fault(f, at, message);
}

static enum err
check_text(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	struct span v;
	bool ok;

	if (!json_is_string(j))
		return fault(f, at,
		    json_is_number(j) || json_is_boolean(j)
			? "must be text: quote it"
			: "must be text");
	v = span_of(json_string_value(j), json_string_length(j));
	if (v.n < s->min || v.n > s->max)
		return range_fault(s, "have", " bytes", f, at);
	ok = s->type == SHAPE_LINE ? text_is_line(v) : text_is_plain(v);
	if (!ok) {
		return fault(f, at,
		    s->type == SHAPE_LINE
			? "must be printable ASCII"
			: "must have no control or direction characters");
	}
	return OK;
}

static enum err
check_bool(const json_t *j, struct shape_faults *f, const struct at *at)
{
	const char *s = json_string_value(j);
	char message[128];

	if (json_is_boolean(j))
		return OK;
	/* as some YAML has it, and some has not */
	if (s == NULL || strlen(s) > 5 || !text_is_line(span_str(s)))
		return fault(f, at, "must be true or false");
	(void)snprintf(message, sizeof message,
	    "must be true or false, and \"%s\" is text", s);
	return fault(f, at, message);
}

static enum err
check_uint(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	json_int_t v = json_integer_value(j);

	if (!json_is_integer(j) || v < 0 || (uint64_t)v < s->min ||
	    (uint64_t)v > s->max)
		return range_fault(s, "be a whole number,", "", f, at);
	return OK;
}

static enum err
check_choice(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	const char *v = json_string_value(j);
	char message[128];
	struct out o = out_of(message, sizeof message - 1);

	for (const char *const *c = s->choice; v && *c; c++) {
		if (strcmp(*c, v) == 0)
			return OK;
	}
	out_put(&o, "must be one of: ", 16);
	for (const char *const *c = s->choice; *c; c++) {
		out_put(&o, *c, strlen(*c));
		if (c[1])
			out_put(&o, ", ", 2);
	}
	message[o.n] = '\0';
	return fault(f, at, message);
}

static enum err
check_hex(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	const char *v = json_string_value(j);
	char message[64];
	size_t n = (size_t)s->min * 2;

	if (v && strlen(v) == n && strspn(v, "0123456789abcdef") == n)
		return OK;
	(void)snprintf(message, sizeof message,
	    "must be %zu lower-case hex digits", n);
	return fault(f, at, message);
}

static enum err
check_duration(const json_t *j, struct shape_faults *f, const struct at *at)
{
	const char *v = json_string_value(j);
	uint64_t ms;

	if (v == NULL || duration_parse(span_str(v), &ms) != OK)
		return fault(f, at, "must be a duration such as 72h or 14d");
	return OK;
}

/* One number from 1 to 65535 without leading zeros; 0 on anything else. */
static unsigned long
port_of(const char *s, char **end)
{
	unsigned long v;

	if (*s < '1' || *s > '9')
		return 0;
	v = strtoul(s, end, 10);
	return v <= 65535 ? v : 0;
}

static bool
is_port_range(const char *s)
{
	char *end;
	unsigned long from = port_of(s, &end), to;

	if (from == 0 || *end != '-')
		return false;
	to = port_of(end + 1, &end);
	return to > from && *end == '\0';
}

static enum err
check_port(const json_t *j, struct shape_faults *f, const struct at *at)
{
	json_int_t v = json_integer_value(j);

	if (json_is_integer(j) && v >= 1 && v <= 65535)
		return OK;
	if (json_is_string(j) && is_port_range(json_string_value(j)))
		return OK;
	return fault(f, at,
	    "must be a port, 1 to 65535, or a range such as \"8000-8099\"");
}

static enum err check(const struct shape *s, const json_t *j,
    struct shape_faults *f, const struct at *at);

static const struct shape *
member_of(const struct shape *s, const char *name)
{
	for (const struct shape *m = s->of; m->type != SHAPE_END; m++) {
		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

static enum err
check_object(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	enum err e = OK;
	const char *name;
	const json_t *v;
	void *it;

	if (!json_is_object(j))
		return fault(f, at, "must be an object");
	for (it = json_object_iter(shape_lend(j)); it;
	     it = json_object_iter_next(shape_lend(j), it)) {
		struct at here = { at, json_object_iter_key(it), 0 };

		if (member_of(s, here.member) == NULL)
			e = fault(f, &here, "is not known here");
	}
	for (const struct shape *m = s->of; m->type != SHAPE_END; m++) {
		struct at here = { at, m->name, 0 };

		name = m->name;
		v = json_object_get(j, name);
		if (v == NULL || (json_is_null(v) && m->flags & SHAPE_NULL)) {
			if (m->flags & SHAPE_REQUIRED)
				e = fault(f, &here, "is missing");
		} else if (check(m, v, f, &here) != OK)
			e = ERR_JSON_FIELD;
	}
	return e;
}

static enum err
check_unique(const json_t *j, struct shape_faults *f, const struct at *at)
{
	size_t n = json_array_size(j);

	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (json_equal(json_array_get(j, i),
				json_array_get(j, k))) {
				struct at here = { at, NULL, i };

				return fault(f, &here, "stands here twice");
			}
		}
	}
	return OK;
}

static enum err
check_array(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	enum err e = OK;
	size_t n = json_array_size(j);

	if (!json_is_array(j))
		return fault(f, at, "must be an array");
	if (n < s->min || n > s->max)
		return range_fault(s, "have", " items", f, at);
	for (size_t i = 0; i < n; i++) {
		struct at here = { at, NULL, i };

		if (check(s->of, json_array_get(j, i), f, &here) != OK)
			e = ERR_JSON_FIELD;
	}
	if (e == OK && s->flags & SHAPE_UNIQUE)
		e = check_unique(j, f, at);
	return e;
}

static enum err
check_map(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	enum err e = OK;
	size_t n = json_object_size(j);

	if (!json_is_object(j))
		return fault(f, at, "must be an object");
	if (n < s->min || n > s->max)
		return range_fault(s, "have", " members", f, at);
	for (void *it = json_object_iter(shape_lend(j)); it;
	     it = json_object_iter_next(shape_lend(j), it)) {
		struct at here = { at, json_object_iter_key(it), 0 };
		json_t *key = json_string(here.member);

		if (key == NULL)
			return ERR_OUT_OF_MEMORY;
		if (!text_is_plain(span_str(here.member))) {
			e = fault(f, at,
			    "has a member whose name is not plain text");
		} else if (s->test && !s->test(key)) {
			e = fault(f, &here, s->rule);
		} else if (check(s->of, json_object_iter_value(it), f, &here) !=
			   OK) {
			e = ERR_JSON_FIELD;
		}
		json_decref(key);
	}
	return e;
}

static enum err
check_type(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	switch (s->type) {
	case SHAPE_TEXT:
	case SHAPE_LINE:
		return check_text(s, j, f, at);
	case SHAPE_UINT:
		return check_uint(s, j, f, at);
	case SHAPE_BOOL:
		return check_bool(j, f, at);
	case SHAPE_CHOICE:
		return check_choice(s, j, f, at);
	case SHAPE_HEX:
		return check_hex(s, j, f, at);
	case SHAPE_DURATION:
		return check_duration(j, f, at);
	case SHAPE_PORT:
		return check_port(j, f, at);
	case SHAPE_OBJECT:
		return check_object(s, j, f, at);
	case SHAPE_ARRAY:
		return check_array(s, j, f, at);
	case SHAPE_MAP:
		return check_map(s, j, f, at);
	case SHAPE_ANY:
		return OK;
	case SHAPE_END:
		break;
	}
	return ERR_INTERNAL;
}

static enum err
check(const struct shape *s, const json_t *j, struct shape_faults *f,
    const struct at *at)
{
	TRY(check_type(s, j, f, at));
	if (s->test && s->type != SHAPE_MAP && !s->test(j))
		return fault(f, at, s->rule);
	return OK;
}

enum err
shape_check(const struct shape *s, const json_t *j, struct shape_faults *f)
{
	return shape_check_at(s, j, "", f);
}

enum err
shape_check_at(const struct shape *s, const json_t *j, const char *pointer,
    struct shape_faults *f)
{
	struct at top = { NULL, pointer, 0 };

	return check(s, j, f, &top);
}
