/* SPDX-License-Identifier: ISC */
#ifndef DEFINITION_WRITE_H
#define DEFINITION_WRITE_H

#include <jansson.h>

/* A value as people write it: text that ends with a newline, of the caller's
 * (free), or NULL when there is no memory or no such text.  What has nothing
 * to be told from a word of the language is quoted.  TOML has no null. */
char *write_json(const json_t *j);
char *write_yaml(const json_t *j);
char *write_toml(const json_t *j);

#endif
