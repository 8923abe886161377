/* SPDX-License-Identifier: ISC */
#ifndef DIFF_PORTS_H
#define DIFF_PORTS_H

#include <jansson.h>
#include <stdbool.h>

/* Adds to a list of changes (diff_note.h) how what an enclave listens on
 * differs.  old and new are /ports or NULL.  False without memory. */
bool diff_ports(json_t *list, json_t *old, json_t *new);

#endif
