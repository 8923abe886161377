/* SPDX-License-Identifier: ISC */
#ifndef PUT_H
#define PUT_H

#include <jansson.h>

/*
 * Objects and lists that are being built.  A value is given away; where it or
 * *to is NULL, *to is released and becomes and stays NULL, so that only the
 * end result needs a look.
 */
void put_member(json_t **to, const char *name, json_t *value);
void put_item(json_t **to, json_t *value);

#endif
