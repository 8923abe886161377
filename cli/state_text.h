/* SPDX-License-Identifier: ISC */
#ifndef STATE_TEXT_H
#define STATE_TEXT_H

#include "target.h"

/* The verified state of a chain: JSON as view.h has it with the enclave's name,
 * or for people what is in force and what is pending. */
MUST_USE enum err state_text_show(struct cli *c, const struct target *t);

/* One line: "waiting for notice", "opens 2026-...". */
const char *state_text_waiting(const struct target *t);

#endif
