/* SPDX-License-Identifier: ISC */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include <jansson.h>

/* Fails the test, and prints j, unless j is what openapi/encl.json says of
 * this component: it has the members that it must and no others, all the way
 * down.  Of JSON Schema it knows what that file uses for views. */
void api_schema_is(const char *component, const json_t *j);

#endif
