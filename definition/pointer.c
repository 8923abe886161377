/* SPDX-License-Identifier: ISC */
#include "pointer.h"

#include <stdlib.h>
#include <string.h>

#include "shape.h"

/* The next token, without its escapes; false at the end, or when it does not
 * fit. */
static bool
next_token(const char **p, char token[POINTER_TOKEN])
{
	size_t n = 0;

	if (**p != '/')
		return false;
	for ((*p)++; **p && **p != '/'; (*p)++) {
		if (n + 1 == POINTER_TOKEN)
			return false;
		token[n] = **p;
		if (**p == '~' && ((*p)[1] == '0' || (*p)[1] == '1')) {
			(*p)++;
			token[n] = **p == '0' ? '~' : '/';
		}
		n++;
	}
	token[n] = '\0';
	return true;
}

static bool
index_of(const char *token, size_t *i)
{
	char *end;

	if (token[0] < '0' || token[0] > '9' ||
	    (token[0] == '0' && token[1] != '\0'))
		return false;
	*i = strtoul(token, &end, 10);
	return *end == '\0';
}

static json_t *
child(const json_t *j, const char *token)
{
	size_t i;

	if (json_is_array(j))
		return index_of(token, &i) ? json_array_get(j, i) : NULL;
	return json_object_get(j, token);
}

json_t *
pointer_get(const json_t *j, const char *pointer)
{
	char token[POINTER_TOKEN];
	json_t *at = shape_lend(j);

	while (at && *pointer)
		at = next_token(&pointer, token) ? child(at, token) : NULL;
	return at;
}

static bool
set_child(json_t *j, const char *token, json_t *value)
{
	size_t i;

	if (json_is_object(j))
		return json_object_set_new(j, token, value) == 0;
	if (json_is_array(j) && index_of(token, &i)) {
		if (i == json_array_size(j))
			return json_array_append_new(j, value) == 0;
		return json_array_set_new(j, i, value) == 0;
	}
	json_decref(value);
	return false;
}

bool
pointer_set(json_t *j, const char *pointer, json_t *value)
{
	char token[POINTER_TOKEN];

	while (value && next_token(&pointer, token)) {
		if (*pointer == '\0')
			return set_child(j, token, value);
		if (child(j, token) == NULL &&
		    (!json_is_object(j) || !set_child(j, token, json_object())))
			break;
		j = child(j, token);
	}
	json_decref(value);
	return false;
}

void
pointer_remove(json_t *j, const char *pointer)
{
	char token[POINTER_TOKEN];

	while (j && next_token(&pointer, token)) {
		if (*pointer == '\0' && json_is_object(j))
			(void)json_object_del(j, token);
		j = *pointer ? child(j, token) : NULL;
	}
}

bool
pointer_add(char pointer[POINTER_MAX], const char *token)
{
	size_t was = strlen(pointer), n = was;

	if (n + 1 < POINTER_MAX)
		pointer[n++] = '/';
	for (; *token && n + 2 < POINTER_MAX; token++) {
		if (*token == '~' || *token == '/') {
			pointer[n++] = '~';
			pointer[n++] = *token == '~' ? '0' : '1';
		} else {
			pointer[n++] = *token;
		}
	}
	if (*token || n + 1 >= POINTER_MAX) {
		pointer[was] = '\0';
		return false;
	}
	pointer[n] = '\0';
	return true;
}

bool
pointer_is_in(const char *pointer, const char *above)
{
	size_t n = strlen(above);

	return strncmp(pointer, above, n) == 0 &&
	       (pointer[n] == '\0' || pointer[n] == '/');
}
