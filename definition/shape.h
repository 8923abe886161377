/* SPDX-License-Identifier: ISC */
#ifndef SHAPE_H
#define SHAPE_H

#include <jansson.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * The shape of a JSON value as a table: one validator for definitions, for
 * releases and policies that come as JSON, and for request bodies.  An object
 * with a member that its table does not name is refused.
 */
enum shape_type {
	SHAPE_END,  /* ends a list of members */
	SHAPE_TEXT, /* min to max bytes of plain text (chain/text.h) */
	SHAPE_LINE, /* the same, printable ASCII only */
	SHAPE_UINT, /* min to max, never a float */
	SHAPE_BOOL,
	SHAPE_CHOICE,   /* one of `choice` */
	SHAPE_HEX,      /* 2*min lower-case digits */
	SHAPE_DURATION, /* "72h": duration.h */
	SHAPE_PORT,     /* 1 to 65535, or "from-to" as text */
	SHAPE_OBJECT,   /* members in `of`, ended by SHAPE_END */
	SHAPE_ARRAY,    /* min to max items, each *of */
	SHAPE_MAP,      /* min to max members, their values *of */
	SHAPE_ANY       /* whatever: somebody else looks at it */
};

enum shape_flag {
	SHAPE_REQUIRED = 1 << 0,
	SHAPE_UNIQUE = 1 << 1, /* no two items of an array are equal */
	SHAPE_NULL = 1 << 2    /* null is allowed, and means absent */
};

struct shape {
	const char *name; /* of the member; NULL for an item */
	enum shape_type type;
	unsigned flags;
	uint64_t min, max;
	const struct shape *of;
	const char *const *choice; /* ended by NULL */
	/* A further test of the value, or, in a SHAPE_MAP, of each key (as a
	 * json string); what fails it is refused with `rule`. */
	bool (*test)(const json_t *j);
	const char *rule; /* "must ..." */
	const char
	    *pattern;     /* the same as a regular expression, if it is one */
	const char *help; /* one line for readers of the schema */
};

/* jansson iterates over, and takes references to, what it does not change, but
 * says so in no prototype. */
static inline json_t *
shape_lend(const json_t *j)
{
	json_t *lent;

	memcpy(&lent, &j, sizeof lent);
	return lent;
}

/* What was wrong, and where: RFC 6901 pointers.  The first ones are kept. */
#define SHAPE_FAULTS 16
struct shape_faults {
	size_t n;
	struct shape_fault {
		char pointer[256]; /* "" is the whole value */
		char message[192];
	} fault[SHAPE_FAULTS];
};

/* Checks j against s; every fault is added to f.  ERR_JSON_FIELD. */
MUST_USE enum err shape_check(const struct shape *s, const json_t *j,
    struct shape_faults *f);

/* The same for a value inside a larger one: pointer is the way to it. */
MUST_USE enum err shape_check_at(const struct shape *s, const json_t *j,
    const char *pointer, struct shape_faults *f);

/* Adds one fault: for tests that a table cannot say. */
void shape_fault(struct shape_faults *f, const char *pointer,
    const char *message);

/* [{"pointer":..,"message":..}], or NULL when there is no memory. */
json_t *shape_faults_json(const struct shape_faults *f);

/* JSON bytes as a value: UTF-8, objects and arrays at the top only, duplicate
 * members refused, at most SHAPE_DEPTH deep.  *j is the caller's.  A fault
 * names line and column.  ERR_JSON_BAD, ERR_JSON_DEPTH, ERR_OUT_OF_MEMORY. */
#define SHAPE_DEPTH 16
MUST_USE enum err shape_load(struct span text, json_t **j,
    struct shape_faults *f);

/* The table as JSON Schema (2020-12), or NULL when there is no memory. */
json_t *shape_schema(const struct shape *s);

#endif
