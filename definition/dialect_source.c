/* SPDX-License-Identifier: ISC */
#include "dialect_source.h"

#include <sodium.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "definition/yaml.h"
#include "toml.h"
#include "write.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL

/* The first line that says something tells TOML, `[table]` or `key = value`,
 * from YAML, `key: value`. */
static bool
looks_like_toml(struct span s)
{
	size_t i = 0;

	while (i < s.n) {
		while (i < s.n && strchr(" \t\r\n", s.p[i]) && s.p[i])
			i++;
		if (i == s.n || s.p[i] != '#')
			break;
		while (i < s.n && s.p[i] != '\n')
			i++;
	}
	if (i < s.n && s.p[i] == '[')
		return true;
	for (; i < s.n && s.p[i] != '\n' && s.p[i] != ':'; i++) {
		if (s.p[i] == '=')
			return true;
	}
	return false;
}

static bool
looks_like_json(struct span s)
{
	size_t i = 0;

	while (i < s.n && s.p[i] && strchr(" \t\r\n", s.p[i]))
		i++;
	if (i == s.n || s.p[i] != '{')
		return false;
	for (i++; i < s.n && s.p[i] && strchr(" \t\r\n", s.p[i]);)
		i++;
	return i < s.n && (s.p[i] == '"' || s.p[i] == '}');
}

enum err
dialect_source_load(struct span text, enum dialect_syntax *syntax, json_t **v,
    struct shape_faults *f)
{
	enum err e;

	*v = NULL;
	if (text.n > DEFINITION_SOURCE_MAX)
		return ERR_TOO_LARGE;
	if (looks_like_json(text)) {
		*syntax = DIALECT_JSON;
		e = shape_load(text, v, f);
	} else if (looks_like_toml(text)) {
		*syntax = DIALECT_TOML;
		e = toml_load(text, v, f);
	} else {
		*syntax = DIALECT_YAML;
		e = yaml_load(text, v, f);
	}
	return e == OK || e == ERR_OUT_OF_MEMORY ? e : ERR_DEFINITION_BAD;
}

/* Lines that are plain, the last one without its newline; else NULL. */
static json_t *
lines_of(struct span s)
{
	json_t *list = json_array();
	size_t from = 0;

	for (size_t i = 0; list && i <= s.n; i++) {
		if (i < s.n && s.p[i] != '\n')
			continue;
		if (!text_is_plain(span_of(s.p + from, i - from)) ||
		    json_array_append_new(list,
			json_stringn((const char *)s.p + from, i - from)) !=
			0) {
			json_decref(list);
			list = NULL;
		}
		from = i + 1;
	}
	return list;
}

json_t *
dialect_source_keep(struct span text, const char *id)
{
	size_t size = sodium_base64_ENCODED_LEN(text.n, BASE64);
	json_t *lines = lines_of(text), *o = NULL;
	char *base64 = lines ? NULL : malloc(size), hex[65];
	struct out h = out_of(hex, sizeof hex);
	struct h32 sha256;

	if ((lines || base64) && hash_sha256(text, &sha256) == OK) {
		text_hex(&h, h32_span(&sha256));
		if (base64)
			(void)sodium_bin2base64(base64, size, text.p, text.n,
			    BASE64);
		o = json_pack("{s:s, s:s, s:o*, s:s*}", "dialect", id, "sha256",
		    hex, "lines", lines, "base64", base64);
		lines = NULL;
	}
	json_decref(lines);
	free(base64);
	return o;
}

static enum err
join(const json_t *lines, char **text, size_t *n)
{
	size_t size = 1, at = 0;

	for (size_t i = 0; i < json_array_size(lines); i++)
		size += json_string_length(json_array_get(lines, i)) + 1;
	*text = malloc(size);
	if (*text == NULL)
		return ERR_OUT_OF_MEMORY;
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *v = json_array_get(lines, i);

		if (i > 0)
			(*text)[at++] = '\n';
		memcpy(*text + at, json_string_value(v), json_string_length(v));
		at += json_string_length(v);
	}
	*n = at;
	return OK;
}

static enum err
decode(const char *base64, char **text, size_t *n)
{
	const char *end;
	size_t size = strlen(base64);

	*text = malloc(size + 1);
	if (*text == NULL)
		return ERR_OUT_OF_MEMORY;
	if (sodium_base642bin((uint8_t *)*text, size, base64, size, NULL, n,
		&end, BASE64) == 0 &&
	    *end == '\0')
		return OK;
	return ERR_DEFINITION_BAD;
}

enum err
dialect_source_kept(const json_t *imported, char **text, size_t *n)
{
	const char *base64 =
	    json_string_value(json_object_get(imported, "base64"));
	const char *want =
	    json_string_value(json_object_get(imported, "sha256"));
	struct h32 sha256;
	char hex[65];
	struct out h = out_of(hex, sizeof hex);
	enum err e;

	*text = NULL;
	e = base64 ? decode(base64, text, n)
		   : join(json_object_get(imported, "lines"), text, n);
	if (e == OK)
		e = hash_sha256(span_of(*text, *n), &sha256);
	if (e == OK) {
		text_hex(&h, h32_span(&sha256));
		if (want == NULL || strcmp(want, hex) != 0)
			e = ERR_DEFINITION_BAD;
	}
	if (e == OK)
		return OK;
	free(*text);
	*text = NULL;
	return e;
}

char *
dialect_source_write(const json_t *v, enum dialect_syntax syntax)
{
	switch (syntax) {
	case DIALECT_YAML:
		return write_yaml(v);
	case DIALECT_JSON:
		return write_json(v);
	case DIALECT_TOML:
		return write_toml(v);
	}
	return NULL;
}
