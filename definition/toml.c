/* SPDX-License-Identifier: ISC */
#include "toml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "pointer.h"

struct reader {
	const char *p, *end;
	size_t line;
	unsigned depth;
	json_t *root;
	json_t *kind;            /* {place: how the table came to be} */
	char table[POINTER_MAX]; /* that the next keys go into */
	const char *at;          /* the key that is being read */
	const char *want;        /* the place that is looked for, or NULL */
	size_t found, found_n;   /* its line; how much of it that is */
	struct shape_faults *faults;
	enum err e;
};

static bool
refuse(struct reader *r, const char *why)
{
	char message[192];

	if (r->e == OK) {
		(void)snprintf(message, sizeof message, "line %zu: %s", r->line,
		    why);
		shape_fault(r->faults, r->at, message);
		r->e = ERR_TOML_BAD;
	}
	return false;
}

static bool
no_memory(struct reader *r)
{
	if (r->e == OK)
		r->e = ERR_OUT_OF_MEMORY;
	return false;
}

static int
peek(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static bool
take(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->p++;
	return true;
}

static void
blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t')
		r->p++;
}

/* To the end of a comment; what it may hold is what text may, and tabs. */
static bool
comment(struct reader *r)
{
	if (peek(r) != '#')
		return true;
	for (; r->p < r->end && *r->p != '\n'; r->p++) {
		if ((unsigned char)*r->p < 0x20 && *r->p != '\t' &&
		    !(*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n'))
			return refuse(r, "a control character");
	}
	return true;
}

/* The end of a line, or of the file. */
static bool
newline(struct reader *r)
{
	if (r->p == r->end)
		return true;
	if (*r->p == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
		r->p++;
	if (*r->p != '\n')
		return false;
	r->p++;
	r->line++;
	return true;
}

static bool
line_end(struct reader *r)
{
	blanks(r);
	return comment(r) &&
	       (newline(r) || refuse(r, "something after the value"));
}

/* Blanks, comments and line ends, inside an array. */
static bool
space(struct reader *r)
{
	for (;;) {
		blanks(r);
		if (!comment(r))
			return false;
		if (r->p == r->end || !newline(r))
			return true;
	}
}

static int
escape_short(int c)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *at = c > 0 ? strchr(from, c) : NULL;

	return at ? to[at - from] : -1;
}

static size_t
utf8(unsigned long v, char *o)
{
	if (v < 0x80) {
		o[0] = (char)v;
		return 1;
	}
	if (v < 0x800) {
		o[0] = (char)(0xc0 | v >> 6);
		o[1] = (char)(0x80 | (v & 63));
		return 2;
	}
	if (v < 0x10000) {
		o[0] = (char)(0xe0 | v >> 12);
		o[1] = (char)(0x80 | (v >> 6 & 63));
		o[2] = (char)(0x80 | (v & 63));
		return 3;
	}
	o[0] = (char)(0xf0 | v >> 18);
	o[1] = (char)(0x80 | (v >> 12 & 63));
	o[2] = (char)(0x80 | (v >> 6 & 63));
	o[3] = (char)(0x80 | (v & 63));
	return 4;
}

/* After a backslash; *n grows by what it stands for. */
static bool
escape(struct reader *r, char *text, size_t *n)
{
	int c = peek(r), one = escape_short(c);
	int digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
	char hex[9] = "";
	unsigned long v;

	if (one >= 0) {
		r->p++;
		text[(*n)++] = (char)one;
		return true;
	}
	if (digits == 0 || r->end - r->p <= digits)
		return refuse(r, "an escape that TOML does not have");
	memcpy(hex, r->p + 1, (size_t)digits);
	if (strspn(hex, "0123456789abcdefABCDEF") != (size_t)digits)
		return refuse(r, "an escape that TOML does not have");
	v = strtoul(hex, NULL, 16);
	if (v == 0 || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return refuse(r, "an escape of no character");
	r->p += digits + 1;
	*n += utf8(v, text + *n);
	return true;
}

/* A string of one line, at the quote; of the caller's (free). */
static char *
string(struct reader *r)
{
	char quote = *r->p++, *text;
	json_t *probe;
	size_t n = 0;

	if (r->end - r->p >= 2 && r->p[0] == quote && r->p[1] == quote) {
		refuse(r, "a string over several lines, which is not taken "
			  "here");
		return NULL;
	}
	text = malloc((size_t)(r->end - r->p) + 8);
	if (text == NULL) {
		no_memory(r);
		return NULL;
	}
	while (r->e == OK && r->p < r->end && *r->p != quote) {
		unsigned char c = (unsigned char)*r->p++;

		if (c == '\\' && quote == '"')
			(void)escape(r, text, &n);
		else if ((c < 0x20 && c != '\t') || c == 0x7f)
			refuse(r, c == '\n' ? "a string without its end"
					    : "a control character");
		else
			text[n++] = (char)c;
	}
	if (r->e == OK && !take(r, quote))
		refuse(r, "a string without its end");
	text[n] = '\0';
	/* jansson takes nothing else */
	probe = json_string(text);
	if (probe == NULL)
		refuse(r, "text that is not UTF-8");
	json_decref(probe);
	if (r->e == OK)
		return text;
	free(text);
	return NULL;
}

#define BARE "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* One part of a key, of the caller's (free). */
static char *
key_part(struct reader *r)
{
	const char *from;

	blanks(r);
	if (peek(r) == '"' || peek(r) == '\'')
		return string(r);
	from = r->p;
	while (r->p < r->end && *r->p && strchr(BARE, *r->p))
		r->p++;
	if (r->p == from) {
		refuse(r, "a key is missing");
		return NULL;
	}
	return strndup(from, (size_t)(r->p - from));
}

static const char *
kind_of(const struct reader *r, const char *place)
{
	const char *s = json_string_value(json_object_get(r->kind, place));

	return s ? s : "";
}

static bool
mark(struct reader *r, const char *place, const char *kind)
{
	if (r->want && pointer_is_in(r->want, place) &&
	    strlen(place) > r->found_n) {
		r->found_n = strlen(place);
		r->found = r->line;
	}
	return json_object_set_new(r->kind, place, json_string(kind)) == 0 ||
	       no_memory(r);
}

/* Steps into the table at place, which is made where it is not there; of an
 * array of tables into the last. */
static bool
enter(struct reader *r, char place[POINTER_MAX], const char *made,
    const char *also)
{
	const char *kind = kind_of(r, place);
	char index[24];

	if (pointer_get(r->root, place) == NULL)
		return (pointer_set(r->root, place, json_object()) ||
			   no_memory(r)) &&
		       mark(r, place, made);
	if (strcmp(kind, "tables") == 0 && *also) {
		(void)snprintf(index, sizeof index, "%zu",
		    json_array_size(pointer_get(r->root, place)) - 1);
		return pointer_add(place, index) || refuse(r, "is too deep");
	}
	if (strcmp(kind, made) == 0 || (*also && strcmp(kind, also) == 0))
		return true;
	return refuse(r, "a key that stands here already");
}

/* A dotted key below place: everything but its last part is entered, the last
 * added to place. */
static bool
key(struct reader *r, char place[POINTER_MAX], const char *made,
    const char *also)
{
	unsigned depth = 0;
	bool more;

	do {
		char *part = key_part(r);
		bool fits = part && strlen(part) < POINTER_TOKEN &&
			    ++depth <= SHAPE_DEPTH && pointer_add(place, part);

		if (part && !fits)
			refuse(r, "a key that is too long or too deep");
		else if (part == NULL && r->e == OK)
			no_memory(r);
		free(part);
		blanks(r);
		more = r->e == OK && take(r, '.');
		if (more && !enter(r, place, made, also))
			return false;
	} while (more);
	return r->e == OK;
}

static json_t *value(struct reader *r, const char *place);

static bool
pair_at(struct reader *r, char place[POINTER_MAX])
{
	json_t *v;

	if (!key(r, place, "dotted", ""))
		return false;
	if (!take(r, '='))
		return refuse(r, "there is no = after the key");
	if (pointer_get(r->root, place))
		return refuse(r, "a key that stands here already");
	blanks(r);
	if (!mark(r, place, "value"))
		return false;
	v = value(r, place);
	if (v == NULL)
		return false;
	/* an inline table has set itself */
	return json_is_object(v) || pointer_set(r->root, place, v) ||
	       no_memory(r);
}

/* KEY = VALUE into the table at place. */
static bool
pair(struct reader *r, const char *table)
{
	const char *outer = r->at;
	char place[POINTER_MAX];
	bool good;

	memcpy(place, table, POINTER_MAX);
	r->at = place;
	good = pair_at(r, place);
	r->at = outer;
	return good;
}

/* Its members are set in place, which the caller's value then is. */
static json_t *
inline_table(struct reader *r, const char *place)
{
	char table[POINTER_MAX];

	(void)snprintf(table, sizeof table, "%s", place);
	r->p++;
	if (!pointer_set(r->root, place, json_object())) {
		refuse(r, "a table in an array, which is not taken here");
		return NULL;
	}
	blanks(r);
	if (take(r, '}'))
		return pointer_get(r->root, place);
	do {
		if (!pair(r, table))
			return NULL;
		blanks(r);
	} while (take(r, ','));
	if (!take(r, '}')) {
		refuse(r, "an inline table without its end");
		return NULL;
	}
	return pointer_get(r->root, place);
}

static json_t *
array(struct reader *r)
{
	json_t *list = json_array(), *v;

	r->p++;
	while (list && r->e == OK && space(r) && !take(r, ']')) {
		v = peek(r) == '{' ? NULL : value(r, NULL);
		if (v == NULL && r->e == OK)
			refuse(r, "a table in an array: write [[...]]");
		if (v && json_array_append_new(list, v) != 0)
			no_memory(r);
		if (r->e != OK || !space(r) || take(r, ','))
			continue;
		if (take(r, ']'))
			break;
		refuse(r, "an array without its end");
	}
	if (list == NULL)
		no_memory(r);
	if (r->e == OK)
		return list;
	json_decref(list);
	return NULL;
}

/* Digits and underscores between them, as TOML writes whole numbers. */
static json_t *
number(struct reader *r, const char *s, size_t n)
{
	char digits[40];
	size_t k = 0, at = 0;
	int base = 10;
	char *end;
	long long v;

	if (n > 0 && (s[0] == '-' || s[0] == '+'))
		digits[k++] = s[at++];
	if (n > 2 && s[0] == '0' && strchr("xob", s[1])) {
		base = s[1] == 'x' ? 16 : s[1] == 'o' ? 8 : 2;
		at = 2;
	}
	for (; at < n && k + 1 < sizeof digits; at++) {
		if (s[at] != '_')
			digits[k++] = s[at];
		else if (at == 0 || at + 1 == n || s[at - 1] == '_')
			break;
	}
	digits[k] = '\0';
	errno = 0;
	v = strtoll(digits, &end, base);
	if (at != n || k == 0 || *end != '\0' || errno != 0 ||
	    (base == 10 && k > 1 && digits[strspn(digits, "+-")] == '0' &&
		digits[strspn(digits, "+-") + 1] != '\0')) {
		refuse(r, "no value that is taken here: text in quotes, a "
			  "whole number, true, false, an array or a table");
		return NULL;
	}
	return json_integer(v);
}

static json_t *
value(struct reader *r, const char *place)
{
	const char *from = r->p;
	json_t *j = NULL;
	char *text;
	size_t n;

	if (r->depth == SHAPE_DEPTH) {
		refuse(r, "this is nested too deeply");
		return NULL;
	}
	r->depth++;
	if (peek(r) == '"' || peek(r) == '\'') {
		text = string(r);
		j = text ? json_string(text) : NULL;
		free(text);
	} else if (peek(r) == '[') {
		j = array(r);
	} else if (peek(r) == '{' && place) {
		j = inline_table(r, place);
	} else {
		while (r->p < r->end && *r->p && strchr(BARE "+.:", *r->p))
			r->p++;
		n = (size_t)(r->p - from);
		if (span_is(span_of(from, n), "true"))
			j = json_true();
		else if (span_is(span_of(from, n), "false"))
			j = json_false();
		else
			j = number(r, from, n);
	}
	r->depth--;
	return j;
}

/* [[TABLE]]: one more. */
static bool
next_table(struct reader *r, char place[POINTER_MAX])
{
	json_t *list = pointer_get(r->root, place);
	char index[24];

	if (list == NULL) {
		if (!pointer_set(r->root, place, json_array()))
			return no_memory(r);
		list = pointer_get(r->root, place);
		if (!mark(r, place, "tables"))
			return false;
	} else if (strcmp(kind_of(r, place), "tables") != 0) {
		return refuse(r, "a key that stands here already");
	}
	(void)snprintf(index, sizeof index, "%zu", json_array_size(list));
	if (json_array_append_new(list, json_object()) != 0)
		return no_memory(r);
	return (pointer_add(place, index) || refuse(r, "is too deep")) &&
	       mark(r, place, "table");
}

/* [TABLE]: once. */
static bool
one_table(struct reader *r, const char *place)
{
	const char *kind = kind_of(r, place);

	if (pointer_get(r->root, place) == NULL) {
		if (!pointer_set(r->root, place, json_object()))
			return no_memory(r);
	} else if (strcmp(kind, "implicit") != 0) {
		return refuse(r, "a table that stands here already");
	}
	return mark(r, place, "table");
}

static bool
header_at(struct reader *r, char place[POINTER_MAX])
{
	bool many;

	r->p++;
	many = take(r, '[');
	if (!key(r, place, "implicit", "table"))
		return false;
	if (!take(r, ']') || (many && !take(r, ']')))
		return refuse(r, "a table's name without its end");
	if (!(many ? next_table(r, place) : one_table(r, place)))
		return false;
	memcpy(r->table, place, POINTER_MAX);
	return true;
}

static bool
header(struct reader *r)
{
	char place[POINTER_MAX] = "";
	bool good;

	r->at = place;
	good = header_at(r, place);
	r->at = "";
	return good;
}

static bool
statement(struct reader *r)
{
	blanks(r);
	if (peek(r) == '#' || peek(r) == '\n' || peek(r) == '\r' ||
	    r->p == r->end)
		return line_end(r);
	return (peek(r) == '[' ? header(r) : pair(r, r->table)) && line_end(r);
}

static void
read_all(struct reader *r, struct span text)
{
	r->p = (const char *)text.p;
	r->end = r->p + text.n;
	r->line = 1;
	r->root = json_object();
	r->kind = json_object();
	if (r->root == NULL || r->kind == NULL)
		r->e = ERR_OUT_OF_MEMORY;
	while (r->e == OK && r->p < r->end)
		(void)statement(r);
	json_decref(r->kind);
}

enum err
toml_load(struct span text, json_t **j, struct shape_faults *f)
{
	struct reader r = { .faults = f, .at = "" };

	*j = NULL;
	if (text.n == 0) {
		*j = json_object();
		return *j ? OK : ERR_OUT_OF_MEMORY;
	}
	read_all(&r, text);
	if (r.e == OK)
		*j = r.root;
	else
		json_decref(r.root);
	return r.e;
}

size_t
toml_line(struct span text, const char *pointer)
{
	struct reader r = { .want = pointer, .at = "" };

	if (text.n == 0)
		return 0;
	read_all(&r, text);
	json_decref(r.root);
	return r.found;
}
