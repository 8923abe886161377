/* SPDX-License-Identifier: ISC */
#ifndef DIFF_VALUE_H
#define DIFF_VALUE_H

#include <jansson.h>
#include <stdint.h>

/* Values of a definition as people read them: sentences of a diff. */
#define DIFF_VALUE 256 /* bytes with the NUL; what is longer ends in "..." */
#define DIFF_CHANGE (2 * DIFF_VALUE + 160)

/* s, or its beginning and "...", never ending inside a character; most is at
 * most DIFF_VALUE - 4.  Returns text. */
char *diff_value_clip(const char *s, size_t most, char text[DIFF_VALUE]);

/* Text as it is, hex of a SHA-384 by its first 16 digits, the rest as JSON.
 * Returns text. */
const char *diff_value(const json_t *j, char text[DIFF_VALUE]);

/* "NOUN a to b", "adds NOUN b" or "drops NOUN a": one of old and new may be
 * NULL.  Two values that are cut where they are still the same begin with "..."
 * a little before they are not.  A noun has at most 120 bytes. */
void diff_value_change(char text[DIFF_CHANGE], const char *noun,
    const json_t *old, const json_t *new);

/* The same of a size in units of 2^shift bytes: "memory 1 to 2 GiB". */
void diff_value_size(char text[DIFF_CHANGE], const char *noun, unsigned shift,
    const json_t *old, const json_t *new);

/* The same of a number of things: "2 to 4 CPUs", "adds 2 CPUs"; noun in the
 * singular. */
void diff_value_count(char text[DIFF_CHANGE], const char *noun,
    const json_t *old, const json_t *new);

#endif
