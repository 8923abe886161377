/* SPDX-License-Identifier: ISC */
#include "write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shape.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BARE LETTERS "0123456789_-"

/* TOML writes the short escapes alike, but \/ is none of them. */
static void
quoted(FILE *f, const char *s)
{
	json_t *j = json_string(s);

	if (j)
		(void)json_dumpf(j, f, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	json_decref(j);
}

/* A word that every reader of YAML, old and new, takes for text. */
static bool
is_word(const char *s)
{
	static const char *const odd[] = { "y", "n", "yes", "no", "on", "off",
		"true", "false", "null", NULL };

	if (*s == '\0' || strchr(LETTERS "/", *s) == NULL ||
	    s[strspn(s, BARE "./@")] != '\0')
		return false;
	for (const char *const *o = odd; *o; o++) {
		if (strcasecmp(s, *o) == 0)
			return false;
	}
	return true;
}

static void
word(FILE *f, const char *s)
{
	if (is_word(s))
		fputs(s, f);
	else
		quoted(f, s);
}

static bool
is_leaf(const json_t *j)
{
	return !(json_is_object(j) && json_object_size(j) > 0) &&
	       !(json_is_array(j) && json_array_size(j) > 0);
}

static void
leaf(FILE *f, const json_t *j)
{
	if (json_is_string(j))
		word(f, json_string_value(j));
	else
		(void)json_dumpf(j, f, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void block(FILE *f, json_t *j, int depth, bool inline_first);

static void
indent(FILE *f, int depth)
{
	fprintf(f, "%*s", depth * 2, "");
}

static void
value(FILE *f, json_t *j, int depth)
{
	if (is_leaf(j)) {
		fputc(' ', f);
		leaf(f, j);
		fputc('\n', f);
		return;
	}
	fputc('\n', f);
	block(f, j, depth, false);
}

/* The members or items of j; the first one goes on where an item's dash has
 * begun the line. */
static void
block(FILE *f, json_t *j, int depth, bool inline_first)
{
	const char *name;
	json_t *v;
	size_t i;

	json_object_foreach(j, name, v)
	{
		if (!inline_first)
			indent(f, depth);
		inline_first = false;
		word(f, name);
		fputc(':', f);
		value(f, v, depth + 1);
	}
	json_array_foreach(j, i, v)
	{
		if (!inline_first)
			indent(f, depth);
		inline_first = false;
		fputc('-', f);
		if (is_leaf(v)) {
			value(f, v, depth);
		} else {
			fputc(' ', f);
			block(f, v, depth + 1, true);
		}
	}
}

char *
write_yaml(const json_t *j)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return NULL;
	if (is_leaf(j)) {
		leaf(f, j);
		fputc('\n', f);
	} else {
		block(f, shape_lend(j), 0, false);
	}
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

char *
write_json(const json_t *j)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	int bad;

	if (f == NULL)
		return NULL;
	bad = json_dumpf(j, f, JSON_INDENT(2) | JSON_ENCODE_ANY);
	fputc('\n', f);
	if (fclose(f) == 0 && bad == 0)
		return text;
	free(text);
	return NULL;
}

static void
toml_key(FILE *f, const char *s)
{
	if (*s && s[strspn(s, BARE)] == '\0')
		fputs(s, f);
	else
		quoted(f, s);
}

/* What has no place in TOML, or none there, is empty text: that shows when it
 * is read back. */
static void
toml_inline(FILE *f, const json_t *j)
{
	json_t *v;
	size_t i;

	if (json_is_array(j)) {
		fputc('[', f);
		json_array_foreach(j, i, v)
		{
			fputs(i ? ", " : "", f);
			toml_inline(f, v);
		}
		fputc(']', f);
	} else if (json_is_integer(j) || json_is_boolean(j)) {
		(void)json_dumpf(j, f, JSON_ENCODE_ANY);
	} else {
		quoted(f, json_is_string(j) ? json_string_value(j) : "");
	}
}

/* An array that is written [[PATH]] for each of its tables. */
static bool
is_tables(const json_t *j)
{
	size_t i, n = 0;
	json_t *v;

	json_array_foreach(j, i, v) n += json_is_object(v);
	return n > 0 && n == json_array_size(j);
}

/* PATH.NAME, of the caller's; or NULL. */
static char *
toml_path(const char *path, const char *name)
{
	char *below = NULL;
	size_t n;
	FILE *p = open_memstream(&below, &n);

	if (p == NULL)
		return NULL;
	fprintf(p, "%s%s", path, *path ? "." : "");
	toml_key(p, name);
	if (fclose(p) == 0)
		return below;
	free(below);
	return NULL;
}

static bool toml_table(FILE *f, json_t *j, const char *path);

static bool
toml_below(FILE *f, json_t *v, const char *path, const char *name)
{
	char *below = toml_path(path, name);
	bool good = below != NULL;
	json_t *item;
	size_t i;

	if (good && json_is_object(v)) {
		fprintf(f, "\n[%s]\n", below);
		good = toml_table(f, v, below);
	}
	json_array_foreach(v, i, item)
	{
		if (good)
			fprintf(f, "\n[[%s]]\n", below);
		good = good && toml_table(f, item, below);
	}
	free(below);
	return good;
}

/* First the values of a table, then the tables in it.  False without memory. */
static bool
toml_table(FILE *f, json_t *j, const char *path)
{
	const char *name;
	bool good = true;
	json_t *v;

	json_object_foreach(j, name, v)
	{
		if (json_is_object(v) || is_tables(v))
			continue;
		toml_key(f, name);
		fputs(" = ", f);
		toml_inline(f, v);
		fputc('\n', f);
	}
	json_object_foreach(j, name, v)
	{
		if (json_is_object(v) || is_tables(v))
			good = good && toml_below(f, v, path, name);
	}
	return good;
}

char *
write_toml(const json_t *j)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);
	bool good;

	if (f == NULL)
		return NULL;
	good = toml_table(f, shape_lend(j), "");
	if (fclose(f) == 0 && good)
		return text;
	free(text);
	return NULL;
}
