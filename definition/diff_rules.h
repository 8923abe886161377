/* SPDX-License-Identifier: ISC */
#ifndef DIFF_RULES_H
#define DIFF_RULES_H

#include <jansson.h>
#include <stdbool.h>

/* Adds to a list of changes (diff_note.h) how egress rules differ, port by
 * port: the places are those of the rules in the lists, `old` and `new` the
 * rules with the ports that differ.  old and new are /egress/rules or NULL.
 * False without memory. */
bool diff_rules(json_t *list, json_t *old, json_t *new);

#endif
