/* SPDX-License-Identifier: ISC */
#include "body.h"

#include <stdio.h>

#include "view/view.h"

enum err
body_faults(struct reply *r, enum err e, const struct shape_faults *f)
{
	json_t *errors = shape_faults_json(f);

	json_decref(r->extra);
	r->extra = errors ? json_pack("{s:o}", "errors", errors) : NULL;
	if (f->n)
		snprintf(r->detail, sizeof r->detail, "%.60s %.180s.",
		    f->fault[0].pointer[0] ? f->fault[0].pointer : "The body",
		    f->fault[0].message);
	return e;
}

enum err
body_fault(struct reply *r, const char *pointer, const char *message)
{
	struct shape_faults f = { 0 };

	shape_fault(&f, pointer, message);
	return body_faults(r, ERR_JSON_FIELD, &f);
}

enum err
body_json(struct req *q, struct reply *r, const struct shape *s, json_t **j)
{
	struct shape_faults f = { 0 };
	enum err e;

	*j = NULL;
	if (q->body.n == 0)
		return ERR_BODY_MISSING;
	e = shape_load(q->body, j, &f);
	if (e == OK)
		e = shape_check(s, *j, &f);
	return e == OK ? OK : body_faults(r, e, &f);
}

enum err
body_text(struct req *q, const json_t *j, const char *member, struct span *v)
{
	const json_t *t = json_object_get(j, member);

	*v = (struct span){ NULL, 0 };
	if (!json_is_string(t))
		return OK;
	*v = arena_copy(q->arena,
	    span_of(json_string_value(t), json_string_length(t)));
	return v->p ? OK : ERR_OUT_OF_MEMORY;
}

enum err
body_string(struct req *q, const json_t *j, const char *member, const char **v)
{
	struct span s;

	*v = NULL;
	TRY(body_text(q, j, member, &s));
	if (s.p == NULL)
		return OK;
	*v = arena_string(q->arena, s);
	return *v ? OK : ERR_OUT_OF_MEMORY;
}

uint64_t
body_uint(const json_t *j, const char *member, uint64_t absent)
{
	const json_t *t = json_object_get(j, member);

	return json_is_integer(t) ? (uint64_t)json_integer_value(t) : absent;
}

bool
body_true(const json_t *j, const char *member)
{
	return json_is_true(json_object_get(j, member));
}

static enum err
member_fault(struct reply *r, const char *member, const char *message)
{
	char pointer[80];

	snprintf(pointer, sizeof pointer, "/%s", member);
	return body_fault(r, pointer, message);
}

enum err
body_time(struct reply *r, const json_t *j, const char *member, uint64_t absent,
    uint64_t *ms)
{
	const json_t *t = json_object_get(j, member);

	*ms = absent;
	if (!json_is_string(t))
		return OK;
	if (view_time_parse(span_of(json_string_value(t),
				json_string_length(t)),
		ms) != OK)
		return member_fault(r, member, "must be a time (RFC 3339)");
	return OK;
}

enum err
body_base64(struct req *q, struct reply *r, const json_t *j, const char *member,
    struct span *v)
{
	const json_t *t = json_object_get(j, member);
	struct span text = span_of(json_string_value(t), json_string_length(t));
	struct out o = arena_out(q->arena, text.n / 4 * 3 + 4);

	if (o.cap == 0)
		return ERR_OUT_OF_MEMORY;
	if (view_bytes_unbase64(text, &o) != OK)
		return member_fault(r, member, "must be base64");
	*v = out_span(&o);
	return OK;
}

const struct shape body_key_name = BODY_NAME(NULL, 0);

bool
body_is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!word && (i == 0 || (c != '.' && c != '_' && c != '-')))
			return false;
	}
	return s.n >= 1 && s.n <= BODY_NAME_MAX;
}

bool
body_name_test(const json_t *j)
{
	return body_is_name(
	    span_of(json_string_value(j), json_string_length(j)));
}
