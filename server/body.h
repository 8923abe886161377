/* SPDX-License-Identifier: ISC */
#ifndef BODY_H
#define BODY_H

#include "definition/shape.h"
#include "reply.h"

/*
 * A request's body as JSON: judged by a table before a handler looks at it.
 * Whatever is wrong becomes the problem's `errors`, with RFC 6901 pointers.
 */

/* The body as an object of this shape; *j is the caller's (json_auto_t).
 * ERR_BODY_MISSING, ERR_JSON_BAD, ERR_JSON_DEPTH, ERR_JSON_FIELD. */
MUST_USE enum err body_json(struct req *q, struct reply *r,
    const struct shape *s, json_t **j);
/* Puts faults into the problem and returns e. */
MUST_USE enum err body_faults(struct reply *r, enum err e,
    const struct shape_faults *f);
/* One fault: ERR_JSON_FIELD. */
MUST_USE enum err body_fault(struct reply *r, const char *pointer,
    const char *message);

/* Members of an object that passed its table.  Texts are copied to the arena,
 * p NULL where there is none. */
MUST_USE enum err body_text(struct req *q, const json_t *j, const char *member,
    struct span *v);
/* The same as a C string, NULL where there is none. */
MUST_USE enum err body_string(struct req *q, const json_t *j,
    const char *member, const char **v);
uint64_t body_uint(const json_t *j, const char *member, uint64_t absent);
bool body_true(const json_t *j, const char *member);
/* RFC 3339, or absent. */
MUST_USE enum err body_time(struct reply *r, const json_t *j,
    const char *member, uint64_t absent, uint64_t *ms);
/* Base64, decoded into the arena. */
MUST_USE enum err body_base64(struct req *q, struct reply *r, const json_t *j,
    const char *member, struct span *v);

/* Names of enclaves, keys, tokens and members: 1 to 63 of a-z 0-9 . _ -,
 * the first a letter or a digit. */
#define BODY_NAME_MAX 63
bool body_is_name(struct span s);
bool body_name_test(const json_t *j);
#define BODY_NAME(member, need) \
	{ \
		.name = member, .type = SHAPE_LINE, .flags = need, .min = 1, \
		.max = BODY_NAME_MAX, .test = body_name_test, \
		.rule = "must be lower-case letters, digits, '.', '_' or " \
			"'-', a letter or digit first" \
	}
/* The member "keys": 1 to 16 names of server-held keys, each once. */
extern const struct shape body_key_name;
#define BODY_KEYS(need) \
	{ \
		.name = "keys", .type = SHAPE_ARRAY, \
		.flags = (need) | SHAPE_UNIQUE, .min = 1, .max = 16, \
		.of = &body_key_name \
	}

#endif
