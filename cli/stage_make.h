/* SPDX-License-Identifier: ISC */
#ifndef STAGE_MAKE_H
#define STAGE_MAKE_H

#include "target.h"

/* The payload of a stage from the command line, for the verified state of a
 * chain.  What it borrows lives as long as the command. */

/* `from`, window and notes by the options, everything else is the caller's.
 * ERR_STAGE_OPEN when one is open and --replace was not given. */
MUST_USE enum err stage_make_window(const struct cli *c, const struct target *t,
    struct stage *g);

/* A release: measurements, version, source and definition.  A definition that
 * the server must have first is in *definition (else NULL), the caller's. */
MUST_USE enum err stage_make_release(const struct cli *c,
    const struct target *t, struct stage *g, json_t **definition);

#endif
