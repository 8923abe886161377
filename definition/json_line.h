/* SPDX-License-Identifier: ISC */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include "chain/span.h"

/* The line of a place (RFC 6901) in text that shape_load takes, or of the
 * innermost member or item around it; 0 when there is none. */
size_t json_line(struct span text, const char *pointer);

#endif
