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

static bool
names_secret(const char *name)
{
	static const char *const ends[] = { "password", "passwd", "passphrase",
		"secret", "token", "api_key", "apikey", "access_key",
		"accesskey", "private_key", "privatekey", NULL };

	for (const char *const *e = ends; *e; e++)
		if (ends_in(name, *e))
			return true;
	return false;
}

static bool
is_reference(const char *s)
{
	return *s == '\0' || *s == '$' || *s == '/' || *s == '.' ||
	       strncmp(s, "env:", 4) == 0 || strncmp(s, "file:", 5) == 0;
}

/* "scheme://somebody:password@": RFC 3986 section 3.2.1. */
static bool
has_userinfo(const char *s)
{
	const char *at = strstr(s, "://");
	size_t n = at ? strcspn(at + 3, "/?#@") : 0;

	return at && at[3 + n] == '@' && memchr(at + 3, ':', n) != NULL;
}

static bool
has(const char *s, const char *what)
{
	for (; *s; s++)
		if (strncasecmp(s, what, strlen(what)) == 0)
			return true;
	return false;
}

static bool
reads_secret(const char *s)
{
	return has(s, "password=") || has(s, "passwd=") ||
	       strstr(s, "PRIVATE KEY-----") || has_userinfo(s);
}

static void
look_at_text(struct dialect_reader *r, const char *name, const char *s,
    const char *pointer)
{
	if (reads_secret(s) || (names_secret(name) && !is_reference(s)))
		dialect_row_note(r, pointer,
		    "looks like a secret, and a definition is none: put a "
		    "reference there before it is staged");
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
	if (json_is_string(v))
		look_at_text(r, name, json_string_value(v), pointer);
	else
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
