/* SPDX-License-Identifier: ISC */
#include "dialect_secret.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pointer.h"

static void look(struct dialect_reader *r, const json_t *v,
    const char pointer[POINTER_MAX]);

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcasecmp(s + n - k, end) == 0;
}

static const char *const ends[] = { "password", "passwd", "passphrase",
	"secret", "token", "api_key", "apikey", "access_key", "accesskey",
	"private_key", "privatekey", NULL };

static bool
names_secret(const char *name)
{
	for (const char *const *e = ends; *e; e++)
		if (ends_in(name, *e))
			return true;
	return false;
}

/* Where a number may well be one. */
static bool
names_password(const char *name)
{
	return ends_in(name, "password") || ends_in(name, "passwd") ||
	       ends_in(name, "passphrase");
}

/* No secret, but the way to one, or nothing. */
static bool
is_reference(const char *s)
{
	static const char *const begins[] = { "$", "/", ".", "{{",
		"env:", "file:", "arn:", "vault:", "ssm:", "op://", NULL };
	static const char *const nothing[] = { "", "true", "false", "yes", "no",
		"none", NULL };

	for (const char *const *b = begins; *b; b++)
		if (strncmp(s, *b, strlen(*b)) == 0)
			return true;
	for (const char *const *n = nothing; *n; n++)
		if (strcasecmp(s, *n) == 0)
			return true;
	return false;
}

/* "scheme://somebody:password@": RFC 3986 section 3.2.1. */
static bool
has_userinfo(const char *s)
{
	while ((s = strstr(s, "://")) != NULL) {
		size_t n = strcspn(s += 3, "/?#@"), k = strcspn(s, ":");

		if (s[n] == '@' && k + 1 < n && s[k + 1] != '$' &&
		    strncmp(s + k + 1, "{{", 2) != 0)
			return true;
	}
	return false;
}

/* What stands behind an equals sign is there, and no reference. */
static bool
is_value(const char *s)
{
	s += *s == '\'' || *s == '"';
	return *s && strchr(" ;&,'\"", *s) == NULL && !is_reference(s);
}

/* "password=..." anywhere in a text. */
static bool
sets_secret(const char *s)
{
	for (const char *at = s; (at = strchr(at, '=')) != NULL; at++)
		for (const char *const *e = ends; *e; e++) {
			size_t n = strlen(*e);

			if ((size_t)(at - s) >= n &&
			    strncasecmp(at - n, *e, n) == 0 && is_value(at + 1))
				return true;
		}
	return false;
}

static bool
reads_secret(const char *s)
{
	static const char *const marks[] = { "PRIVATE KEY-----",
		"AGE-SECRET-KEY-", "encl_pat_", "github_pat_", "ghp_", NULL };

	for (const char *const *m = marks; *m; m++)
		if (strstr(s, *m))
			return true;
	return sets_secret(s) || has_userinfo(s);
}

static void
tell(struct dialect_reader *r, const char *pointer)
{
	dialect_row_note(r, pointer,
	    "looks like a secret, and a definition is none: put a reference "
	    "there before it is staged");
}

static bool
is_secret(const char *name, const char *s)
{
	return reads_secret(s) || (names_secret(name) && !is_reference(s));
}

/* Variables of a process come as {"name": .., "value": ..}. */
static const char *
name_of(const json_t *object, const char *member)
{
	const char *name = json_string_value(json_object_get(object, "name"));

	return name && strcmp(member, "value") == 0 ? name : member;
}

static void
look_below(struct dialect_reader *r, const char *name, const json_t *v,
    const char *token, const char *above)
{
	char pointer[POINTER_MAX];

	(void)stpcpy(pointer, above);
	if (!pointer_add(pointer, token))
		return;
	if (json_is_string(v) ? is_secret(name, json_string_value(v))
			      : json_is_number(v) && names_password(name))
		tell(r, pointer);
	look(r, v, pointer);
}

static void
look(struct dialect_reader *r, const json_t *v, const char pointer[POINTER_MAX])
{
	const char *name;
	json_t *x;
	size_t i;

	json_object_foreach(shape_lend(v), name, x)
	{
		look_below(r, name_of(v, name), x, name, pointer);
	}
	json_array_foreach(shape_lend(v), i, x)
	{
		char number[24];

		(void)snprintf(number, sizeof number, "%zu", i);
		look_below(r, "", x, number, pointer);
	}
}

void
dialect_secret_notes(struct dialect_reader *r)
{
	char top[POINTER_MAX] = "";

	look(r, r->source, top);
}
