/* SPDX-License-Identifier: ISC */
#include "locate.h"

#include <stdio.h>

void
locate_faults(struct span text,
    size_t (*line_of)(struct span text, const char *pointer),
    struct shape_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct shape_fault *x = &f->fault[i];
		char was[sizeof x->message];
		size_t line;

		if (x->pointer[0] == '\0' ||
		    strncmp(x->message, "line ", 5) == 0)
			continue;
		line = line_of(text, x->pointer);
		if (line == 0)
			continue;
		memcpy(was, x->message, sizeof was);
		(void)snprintf(x->message, sizeof x->message,
		    "line %zu: %.160s", line, was);
	}
}
