/* SPDX-License-Identifier: ISC */
#include "yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "pointer.h"

struct reader {
	yaml_parser_t parser;
	struct shape_faults *faults;
	struct span in;
	unsigned depth;
	char place[POINTER_MAX]; /* where the reader is */
	const char *want;        /* the place that is looked for, or NULL */
	size_t found, found_n;   /* its line; how much of it that is */
	enum err e;              /* the first error; OK so far */
};

static json_t *
refuse(struct reader *r, const yaml_mark_t *m, const char *why)
{
	char message[192];

	if (r->e == OK) {
		(void)snprintf(message, sizeof message,
		    "line %zu, column %zu: %s", m->line + 1, m->column + 1,
		    why);
		shape_fault(r->faults, r->place, message);
		r->e = ERR_YAML_BAD;
	}
	return NULL;
}

/* libyaml has no mark where bytes are no text, but says which byte. */
static yaml_mark_t
problem_mark(const struct reader *r)
{
	yaml_mark_t m = r->parser.problem_mark;
	size_t n = r->parser.problem_offset;

	if (r->parser.error != YAML_READER_ERROR)
		return m;
	m.line = m.column = 0;
	for (size_t i = 0; i < n && i < r->in.n; i++) {
		m.column = r->in.p[i] == '\n' ? 0 : m.column + 1;
		m.line += r->in.p[i] == '\n';
	}
	return m;
}

static json_t *
made(struct reader *r, json_t *j)
{
	if (j == NULL && r->e == OK)
		r->e = ERR_OUT_OF_MEMORY;
	return j;
}

/* A tab in the indentation is what libyaml stumbles over most. */
static bool
is_tab(const struct reader *r, const yaml_mark_t *m)
{
	size_t i = 0, line = 0;

	for (; i < r->in.n && line < m->line; i++)
		line += r->in.p[i] == '\n';
	while (i < r->in.n && r->in.p[i] == ' ')
		i++;
	return i < r->in.n && r->in.p[i] == '\t' &&
	       r->parser.error == YAML_SCANNER_ERROR;
}

static bool
next(struct reader *r, yaml_event_t *ev)
{
	if (yaml_parser_parse(&r->parser, ev))
		return true;
	memset(ev, 0, sizeof *ev);
	if (r->parser.error == YAML_MEMORY_ERROR) {
		r->e = ERR_OUT_OF_MEMORY;
	} else {
		yaml_mark_t m = problem_mark(r);

		refuse(r, &m,
		    is_tab(r, &m)       ? "a tab, where YAML takes spaces only"
		    : r->parser.problem ? r->parser.problem
					: "is not YAML");
	}
	return false;
}

/* The plain scalars of the core schema that are not text: YAML 1.2.2, 10.3.2.
 */
enum plain {
	PLAIN_TEXT,
	PLAIN_NULL,
	PLAIN_TRUE,
	PLAIN_FALSE,
	PLAIN_INT,
	PLAIN_OCTAL,
	PLAIN_HEX,
	PLAIN_FLOAT
};

static bool
one_of(const char *s, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(s, *list) == 0)
			return true;
	}
	return false;
}

static bool
all_of(const char *s, const char *set)
{
	return *s != '\0' && s[strspn(s, set)] == '\0';
}

#define DIGITS "0123456789"

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool
is_float(const char *s)
{
	size_t whole, part = 0;

	s += *s == '-' || *s == '+';
	whole = strspn(s, DIGITS);
	s += whole;
	if (*s == '.') {
		part = strspn(s + 1, DIGITS);
		s += 1 + part;
	}
	if (whole == 0 && part == 0)
		return false;
	if (*s == '\0')
		return true;
	if (*s != 'e' && *s != 'E')
		return false;
	s++;
	s += *s == '-' || *s == '+';
	return all_of(s, DIGITS);
}

static enum plain
plain_of(const char *s)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL",
		NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	static const char *const odd[] = { ".inf", ".Inf", ".INF", ".nan",
		".NaN", ".NAN", NULL };
	const char *unsigned_part = s + (*s == '-' || *s == '+');

	if (one_of(s, nulls))
		return PLAIN_NULL;
	if (one_of(s, trues))
		return PLAIN_TRUE;
	if (one_of(s, falses))
		return PLAIN_FALSE;
	if (strncmp(s, "0o", 2) == 0 && all_of(s + 2, "01234567"))
		return PLAIN_OCTAL;
	if (strncmp(s, "0x", 2) == 0 && all_of(s + 2, DIGITS "abcdefABCDEF"))
		return PLAIN_HEX;
	if (all_of(unsigned_part, DIGITS))
		return PLAIN_INT;
	if (one_of(unsigned_part, odd) || is_float(s))
		return PLAIN_FLOAT;
	return PLAIN_TEXT;
}

static json_t *
integer(struct reader *r, const yaml_event_t *ev, const char *s, int base)
{
	const char *digits = s + (*s == '-' || *s == '+');
	long long v;

	if (base == 10 && digits[0] == '0' && digits[1] != '\0') {
		return refuse(r, &ev->start_mark,
		    "a number with leading zeros: write it without, or quote "
		    "it");
	}
	errno = 0;
	v = strtoll(base == 10 ? s : s + 2, NULL, base);
	if (errno != 0)
		return refuse(r, &ev->start_mark,
		    "a number that is too large: quote it if it is text");
	return made(r, json_integer(v));
}

static json_t *
text(struct reader *r, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	size_t n = ev->data.scalar.length;

	if (memchr(s, 0, n))
		return refuse(r, &ev->start_mark, "text with a NUL");
	return made(r, json_stringn(s, n));
}

static json_t *
scalar(struct reader *r, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;

	if (ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return text(r, ev);
	switch (plain_of(s)) {
	case PLAIN_NULL:
		return json_null();
	case PLAIN_TRUE:
		return json_true();
	case PLAIN_FALSE:
		return json_false();
	case PLAIN_INT:
		return integer(r, ev, s, 10);
	case PLAIN_OCTAL:
		return integer(r, ev, s, 8);
	case PLAIN_HEX:
		return integer(r, ev, s, 16);
	case PLAIN_FLOAT:
		return refuse(r, &ev->start_mark,
		    "a number with a fraction or an exponent: quote it if it "
		    "is text, such as a version or a commit");
	case PLAIN_TEXT:
		break;
	}
	return text(r, ev);
}

/* What of the full language has no place here, whatever kind of node. */
static const char *
unwanted(const yaml_event_t *ev)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (ev->type == YAML_ALIAS_EVENT)
		return "an alias, which is not taken here";
	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
	}
	if (anchor)
		return "an anchor, which is not taken here";
	if (tag)
		return "a tag, which is not taken here";
	return NULL;
}

/* Goes down to a member or item; the answer is the length of place before. */
static size_t
go_down(struct reader *r, const char *token, const yaml_mark_t *m)
{
	size_t was = strlen(r->place);

	if (pointer_add(r->place, token) && r->want &&
	    pointer_is_in(r->want, r->place) && strlen(r->place) > r->found_n) {
		r->found_n = strlen(r->place);
		r->found = m->line + 1;
	}
	return was;
}

static json_t *node(struct reader *r, const yaml_event_t *ev);

static json_t *
item_of(struct reader *r, const yaml_event_t *ev, size_t i)
{
	char index[24];
	json_t *j;
	size_t was;

	(void)snprintf(index, sizeof index, "%zu", i);
	was = go_down(r, index, &ev->start_mark);
	j = node(r, ev);
	r->place[was] = '\0';
	return j;
}

static json_t *
sequence(struct reader *r)
{
	json_t *list = made(r, json_array());

	while (list) {
		yaml_event_t ev;
		bool end = !next(r, &ev) || ev.type == YAML_SEQUENCE_END_EVENT;
		json_t *item =
		    end ? NULL : item_of(r, &ev, json_array_size(list));

		yaml_event_delete(&ev);
		if (end && r->e == OK)
			return list;
		if (item && json_array_append_new(list, item) != 0)
			r->e = ERR_OUT_OF_MEMORY;
		if (r->e != OK) {
			json_decref(list);
			return NULL;
		}
	}
	return NULL;
}

/* The key that ev holds, as text of the caller's; NULL when it is none. */
static char *
key_of(struct reader *r, const yaml_event_t *ev, const json_t *map)
{
	const char *s = (const char *)ev->data.scalar.value;
	const char *why = unwanted(ev);
	char *key;

	if (why == NULL && ev->type != YAML_SCALAR_EVENT) {
		why = "a key that is not text";
	} else if (why == NULL &&
		   ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		   plain_of(s) != PLAIN_TEXT) {
		why = "a key that is not text: quote it";
	} else if (why == NULL &&
		   ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		   strcmp(s, "<<") == 0) {
		why = "a merge key, which is not taken here";
	} else if (why == NULL && memchr(s, 0, ev->data.scalar.length)) {
		why = "text with a NUL";
	} else if (why == NULL && json_object_get(map, s)) {
		why = "a key that stands here already";
	}
	if (why) {
		if (ev->type == YAML_SCALAR_EVENT)
			(void)pointer_add(r->place, s);
		refuse(r, &ev->start_mark, why);
		return NULL;
	}
	key = strdup(s);
	if (key == NULL)
		r->e = ERR_OUT_OF_MEMORY;
	return key;
}

/* One key and its value; false at the end of the mapping and on an error. */
static bool
member(struct reader *r, json_t *map)
{
	yaml_event_t ev;
	json_t *value;
	size_t was;
	char *key;

	if (!next(r, &ev))
		return false;
	key = ev.type == YAML_MAPPING_END_EVENT ? NULL : key_of(r, &ev, map);
	was = key ? go_down(r, key, &ev.start_mark) : 0;
	yaml_event_delete(&ev);
	if (key == NULL)
		return false;
	value = next(r, &ev) ? node(r, &ev) : NULL;
	yaml_event_delete(&ev);
	r->place[was] = '\0';
	if (value && json_object_set_new(map, key, value) != 0)
		r->e = ERR_OUT_OF_MEMORY;
	free(key);
	return r->e == OK;
}

static json_t *
mapping(struct reader *r)
{
	json_t *map = made(r, json_object());

	while (map && member(r, map))
		;
	if (r->e != OK) {
		json_decref(map);
		return NULL;
	}
	return map;
}

static json_t *
node(struct reader *r, const yaml_event_t *ev)
{
	const char *why = unwanted(ev);
	json_t *j;

	if (why)
		return refuse(r, &ev->start_mark, why);
	if (ev->type == YAML_SCALAR_EVENT)
		return scalar(r, ev);
	if (ev->type != YAML_SEQUENCE_START_EVENT &&
	    ev->type != YAML_MAPPING_START_EVENT)
		return refuse(r, &ev->start_mark, "there is no value");
	if (++r->depth > SHAPE_DEPTH)
		return refuse(r, &ev->start_mark, "this is nested too deeply");
	j = ev->type == YAML_SEQUENCE_START_EVENT ? sequence(r) : mapping(r);
	r->depth--;
	return j;
}

/* The next event is of this type. */
static bool
expect(struct reader *r, yaml_event_type_t type, const char *why)
{
	yaml_event_t ev;
	bool ok;

	if (!next(r, &ev))
		return false;
	ok = ev.type == type;
	if (ok && type == YAML_DOCUMENT_START_EVENT &&
	    (ev.data.document_start.version_directive ||
		ev.data.document_start.tag_directives.start !=
		    ev.data.document_start.tag_directives.end)) {
		ok = false;
		why = "a directive, which is not taken here";
	}
	if (!ok)
		refuse(r, &ev.start_mark, why);
	yaml_event_delete(&ev);
	return ok;
}

static json_t *
document(struct reader *r)
{
	yaml_event_t ev;
	json_t *j;

	if (!expect(r, YAML_STREAM_START_EVENT, "is not YAML") ||
	    !expect(r, YAML_DOCUMENT_START_EVENT, "there is no document"))
		return NULL;
	j = next(r, &ev) ? node(r, &ev) : NULL;
	yaml_event_delete(&ev);
	if (j && expect(r, YAML_DOCUMENT_END_EVENT, "is not YAML") &&
	    expect(r, YAML_STREAM_END_EVENT, "there is a second document"))
		return j;
	json_decref(j);
	return NULL;
}

static json_t *
read_all(struct reader *r, struct span in)
{
	static const uint8_t empty[1] = { 0 };
	json_t *j;

	/* a byte order mark, which libyaml skips only when it may guess */
	if (in.n >= 3 && memcmp(in.p, "\xef\xbb\xbf", 3) == 0)
		in = span_of(in.p + 3, in.n - 3);
	r->in = in;

	if (!yaml_parser_initialize(&r->parser)) {
		r->e = ERR_OUT_OF_MEMORY;
		return NULL;
	}
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, in.n ? in.p : empty, in.n);
	j = document(r);
	yaml_parser_delete(&r->parser);
	return j;
}

enum err
yaml_load(struct span in, json_t **j, struct shape_faults *f)
{
	struct reader r = { .faults = f, .e = OK };

	*j = read_all(&r, in);
	return r.e;
}

size_t
yaml_line(struct span in, const char *pointer)
{
	struct reader r = { .want = pointer, .e = OK };

	json_decref(read_all(&r, in));
	/* JSON has numbers that are refused here */
	return r.e == OK || r.found_n == strlen(pointer) ? r.found : 0;
}
