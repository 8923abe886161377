/* SPDX-License-Identifier: ISC */
#include "shape.h"

json_t *
shape_faults_json(const struct shape_faults *f)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < f->n; i++) {
		const struct shape_fault *x = &f->fault[i];
		json_t *item = json_pack("{s:s, s:s}", "pointer", x->pointer,
		    "message", x->message);

		/* a pointer can hold a key that was cut inside a character */
		if (item == NULL) {
			item = json_pack("{s:s, s:s}", "pointer", "", "message",
			    x->message);
		}
		if (item == NULL || json_array_append_new(list, item) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
