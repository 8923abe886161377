/* SPDX-License-Identifier: ISC */
#include "json_line.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "pointer.h"

struct reader {
	const uint8_t *p, *end;
	size_t line;             /* of p */
	char place[POINTER_MAX]; /* where it is, on the way to what is wanted */
};

static uint8_t
peek(const struct reader *r)
{
	return r->p < r->end ? *r->p : 0;
}

static void
step(struct reader *r)
{
	if (r->p == r->end)
		return;
	r->line += *r->p == '\n';
	r->p++;
}

static void
blanks(struct reader *r)
{
	while (peek(r) != 0 && strchr(" \t\r\n", peek(r)) != NULL)
		step(r);
}

/* A text with its quotes. */
static struct span
quoted(struct reader *r)
{
	const uint8_t *from = r->p;

	step(r);
	while (r->p < r->end && *r->p != '"') {
		if (*r->p == '\\')
			step(r);
		step(r);
	}
	step(r);
	return span_of(from, (size_t)(r->p - from));
}

/* A value, however deep it is. */
static void
pass(struct reader *r)
{
	size_t depth = 0;

	while (r->p < r->end) {
		uint8_t c = *r->p;

		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		if (c == '"')
			(void)quoted(r);
		else
			step(r);
	}
}

/* Whether the place that is wanted is this member or item, or is inside it;
 * if so it is entered. */
static bool
leads(struct reader *r, const char *token, const char *pointer)
{
	size_t was = strlen(r->place);

	if (pointer_add(r->place, token) && pointer_is_in(pointer, r->place))
		return true;
	r->place[was] = '\0';
	return false;
}

static bool
key_leads(struct reader *r, const char *pointer)
{
	struct span key = quoted(r);
	char token[POINTER_TOKEN];
	json_t *text;
	bool yes;

	if (key.n < 2 || key.n > sizeof token)
		return false;
	if (memchr(key.p, '\\', key.n) == NULL) {
		memcpy(token, key.p + 1, key.n - 2);
		token[key.n - 2] = '\0';
		return leads(r, token, pointer);
	}
	text = json_loadb((const char *)key.p, key.n, JSON_DECODE_ANY, NULL);
	yes =
	    json_is_string(text) && leads(r, json_string_value(text), pointer);
	json_decref(text);
	return yes;
}

static bool
item_leads(struct reader *r, size_t i, const char *pointer)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%zu", i);
	return leads(r, number, pointer);
}

/* Into the member or item that leads there, up to its value: its line; 0 when
 * there is none. */
static size_t
enter(struct reader *r, const char *pointer)
{
	bool object = peek(r) == '{', item = peek(r) == '[', found = false;

	for (size_t i = 0; object || item; i++) {
		size_t line;

		step(r);
		blanks(r);
		line = r->line;
		if (peek(r) == ']' || (object && peek(r) != '"'))
			break;
		found =
		    object ? key_leads(r, pointer) : item_leads(r, i, pointer);
		blanks(r);
		if (object)
			step(r);
		blanks(r);
		if (found)
			return line;
		pass(r);
		if (peek(r) != ',')
			break;
	}
	return 0;
}

size_t
json_line(struct span text, const char *pointer)
{
	struct reader r = { .p = text.p, .end = text.p + text.n, .line = 1 };
	size_t line = 0, inner;

	if (text.n == 0)
		return 0;
	blanks(&r);
	while ((inner = enter(&r, pointer)) != 0)
		line = inner;
	return line;
}
