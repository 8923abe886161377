/* SPDX-License-Identifier: ISC */
#ifndef DEFINITION_TEXT_H
#define DEFINITION_TEXT_H

#include <jansson.h>

/* The definition that this YAML is, for the caller to free; fails the test
 * when it is none. */
json_t *definition_text_read(const char *yaml);

#endif
