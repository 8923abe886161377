/* SPDX-License-Identifier: ISC */
#include "locate.h"

#include <stdio.h>

#include "definition/yaml.h"
#include "toml.h"

void
locate_faults(struct span text, struct shape_faults *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct shape_fault *x = &f->fault[i];
		char was[sizeof x->message];
		size_t line = 0;

		if (x->pointer[0] == '\0' ||
		    strncmp(x->message, "line ", 5) == 0)
			continue;
		line = yaml_line(text, x->pointer);
		if (line == 0)
			line = toml_line(text, x->pointer);
		if (line == 0)
			continue;
		memcpy(was, x->message, sizeof was);
		(void)snprintf(x->message, sizeof x->message,
		    "line %zu: %.160s", line, was);
	}
}
