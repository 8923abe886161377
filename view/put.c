/* SPDX-License-Identifier: ISC */
#include "put.h"

static void
settle(json_t **to, int bad)
{
	if (bad) {
		json_decref(*to);
		*to = NULL;
	}
}

void
put_member(json_t **to, const char *name, json_t *value)
{
	if (*to == NULL) {
		json_decref(value);
	} else {
		settle(to, json_object_set_new_nocheck(*to, name, value));
	}
}

void
put_item(json_t **to, json_t *value)
{
	if (*to == NULL) {
		json_decref(value);
	} else {
		settle(to, json_array_append_new(*to, value));
	}
}
