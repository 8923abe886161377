/* SPDX-License-Identifier: ISC */
#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <yaml.h>

#include "system/listen.h"
#include "system/network.h"

enum kind { TEXT, ADDRESS, URL, NETWORKS, NUMBER };

/* Where a value came from. */
enum { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT };

static const struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	size_t least, most; /* NUMBER: values; else most is bytes with a NUL */
	const char *dflt;
	const char *help;
} table[] = {
#define T(field, dflt, help) \
	{ #field, TEXT, offsetof(struct settings, field), 0, \
		sizeof((struct settings *)0)->field, dflt, help },
#define A(field, dflt, help) \
	{ #field, ADDRESS, offsetof(struct settings, field), 0, \
		sizeof((struct settings *)0)->field, dflt, help },
#define U(field, dflt, help) \
	{ #field, URL, offsetof(struct settings, field), 0, \
		sizeof((struct settings *)0)->field, dflt, help },
#define W(field, dflt, help) \
	{ #field, NETWORKS, offsetof(struct settings, field), 0, \
		sizeof((struct settings *)0)->field, dflt, help },
#define N(field, min, max, dflt, help) \
	{ #field, NUMBER, offsetof(struct settings, field), min, max, dflt, \
		help },
#include "settings.def"
#undef T
#undef A
#undef U
#undef W
#undef N
};

#define ROWS (sizeof table / sizeof *table)
_Static_assert(ROWS <= SETTINGS_MAX, "settings.source is too small");

static bool
is_kind(enum kind kind, const char *value)
{
	struct networks w;

	switch (kind) {
	case ADDRESS:
		return listen_is_address(value);
	case URL:
		return strncmp(value, "http://", 7) == 0 ||
		       strncmp(value, "https://", 8) == 0;
	case NETWORKS:
		return network_parse(value, &w) == OK;
	case TEXT:
	case NUMBER:
		break;
	}
	return true;
}

static bool
set(struct settings *s, size_t row, const char *value, uint8_t from)
{
	const struct row *r = &table[row];
	char *field = (char *)s + r->offset;
	char *end;
	unsigned long v;

	if (r->kind != NUMBER) {
		size_t n = strlen(value);

		if (n >= r->most || !is_kind(r->kind, value))
			return false;
		memcpy(field, value, n + 1);
	} else {
		if (*value < '0' || *value > '9')
			return false;
		v = strtoul(value, &end, 10);
		if (*end || v < r->least || v > r->most)
			return false;
		memcpy(field, &(unsigned){ (unsigned)v }, sizeof(unsigned));
	}
	s->source[row] = from;
	return true;
}

static enum err
set_by_name(struct settings *s, const char *name, const char *value,
    uint8_t from, char *why, size_t why_n)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (s->source[i] == from) {
			(void)snprintf(why, why_n, "%s stands twice", name);
			return ERR_SETTING;
		}
		if (set(s, i, value, from))
			return OK;
		(void)snprintf(why, why_n, "%s: the value is not allowed (%s)",
		    name, table[i].help);
		return ERR_SETTING;
	}
	(void)snprintf(why, why_n,
	    "%s: there is no such setting; `encld check-config` lists them",
	    name);
	return ERR_SETTING;
}

/* The file is one mapping of names to scalars. */
static enum err
read_mapping(struct settings *s, yaml_document_t *doc, char *why, size_t why_n)
{
	yaml_node_t *root = yaml_document_get_root_node(doc);
	yaml_node_pair_t *p;

	if (!root)
		return OK; /* an empty file */
	if (root->type != YAML_MAPPING_NODE) {
		(void)snprintf(why, why_n,
		    "the file is not a list of NAME: VALUE");
		return ERR_SETTING;
	}
	for (p = root->data.mapping.pairs.start;
	     p < root->data.mapping.pairs.top; p++) {
		yaml_node_t *k = yaml_document_get_node(doc, p->key);
		yaml_node_t *v = yaml_document_get_node(doc, p->value);

		if (!k || !v || k->type != YAML_SCALAR_NODE ||
		    v->type != YAML_SCALAR_NODE) {
			(void)snprintf(why, why_n, "line %zu: not NAME: VALUE",
			    k ? k->start_mark.line + 1 : 0);
			return ERR_SETTING;
		}
		TRY(set_by_name(s, (const char *)k->data.scalar.value,
		    (const char *)v->data.scalar.value, FROM_FILE, why, why_n));
	}
	return OK;
}

static enum err
read_file(struct settings *s, const char *file, char *why, size_t why_n)
{
	FILE *f = fopen(file, "re");
	yaml_parser_t parser;
	yaml_document_t doc;
	enum err e = ERR_SETTING;

	if (!f) {
		(void)snprintf(why, why_n, "%s cannot be opened", file);
		return ERR_SETTING;
	}
	if (!yaml_parser_initialize(&parser)) {
		(void)fclose(f);
		return ERR_OUT_OF_MEMORY;
	}
	yaml_parser_set_input_file(&parser, f);
	if (yaml_parser_load(&parser, &doc)) {
		e = read_mapping(s, &doc, why, why_n);
		yaml_document_delete(&doc);
	} else {
		(void)snprintf(why, why_n, "%s, line %zu: %s", file,
		    parser.problem_mark.line + 1, parser.problem);
	}
	yaml_parser_delete(&parser);
	(void)fclose(f);
	return e;
}

static enum err
read_environment(struct settings *s, char *why, size_t why_n)
{
	for (size_t i = 0; i < ROWS; i++) {
		char name[64] = "ENCLD_";
		const char *value;
		size_t n = strlen(name);

		for (const char *c = table[i].name; *c; c++) {
			name[n++] =
			    (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
		}
		value = getenv(name);
		if (!value || set(s, i, value, FROM_ENVIRONMENT))
			continue;
		(void)snprintf(why, why_n, "%s: the value is not allowed (%s)",
		    name, table[i].help);
		return ERR_SETTING;
	}
	return OK;
}

enum err
settings_load(struct settings *s, const char *file, char *why, size_t why_n)
{
	memset(s, 0, sizeof *s);
	for (size_t i = 0; i < ROWS; i++) {
		if (!set(s, i, table[i].dflt, FROM_DEFAULT))
			return ERR_INTERNAL;
	}
	if (file)
		TRY(read_file(s, file, why, why_n));
	return read_environment(s, why, why_n);
}

/* key=value pairs and URLs of libpq can carry a password. */
static bool
has_password(const char *name, const char *value)
{
	return strncmp(name, "database", 8) == 0 &&
	       (strstr(value, "password") || strstr(value, "://"));
}

void
settings_show(const struct settings *s, FILE *f)
{
	static const char *const from[] = { "default", "file", "environment" };

	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &table[i];
		const char *field = (const char *)s + r->offset;
		char number[16];
		unsigned v;

		if (r->kind == NUMBER) {
			memcpy(&v, field, sizeof v);
			(void)snprintf(number, sizeof number, "%u", v);
			field = number;
		} else if (has_password(r->name, field)) {
			field = "(not shown)";
		}
		(void)fprintf(f, "%-20s %-32s %-12s %s\n", r->name,
		    *field ? field : "\"\"", from[s->source[i]], r->help);
	}
}
