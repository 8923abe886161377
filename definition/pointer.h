/* SPDX-License-Identifier: ISC */
#ifndef POINTER_H
#define POINTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Places in a JSON value: RFC 6901.  A token is at most POINTER_TOKEN bytes. */
#define POINTER_MAX 512
#define POINTER_TOKEN 256

/* What stands there, borrowed; NULL: nothing. */
json_t *pointer_get(const json_t *j, const char *pointer);

/* Sets it, and gives value away.  Objects on the way are made; an array must
 * be there, and takes an item at its end.  False, and j as it was, when that
 * is not possible or value is NULL. */
bool pointer_set(json_t *j, const char *pointer, json_t *value);

/* Takes a member of an object away, if it is there. */
void pointer_remove(json_t *j, const char *pointer);

/* "/" and the token, escaped, after what is in pointer.  False, and pointer as
 * it was, when there is no room. */
bool pointer_add(char pointer[POINTER_MAX], const char *token);

/* pointer is `above` or a place inside it. */
bool pointer_is_in(const char *pointer, const char *above);

#endif
