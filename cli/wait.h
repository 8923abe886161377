/* SPDX-License-Identifier: ISC */
#ifndef WAIT_H
#define WAIT_H

#include "target.h"

/* Waiting for a stage: the server is asked often, and what counts is what the
 * chain, fetched and verified again, then says. */
enum wait_for {
	WAIT_NOTICED,
	WAIT_RELEASED,
	WAIT_CLOSED /* whatever way */
};

/* limit in ms, 0: none.  ERR_WAIT_OVER; ERR_REVOKED or ERR_EXPIRED when the
 * stage was closed without effect and something else was waited for. */
MUST_USE enum err wait_stage(const struct cli *c, struct target *t,
    const struct h32 *stage, enum wait_for what, uint64_t limit);

/* For --wait[=D] of the staging commands: until it took effect. */
MUST_USE enum err wait_option(const struct cli *c, struct target *t,
    const struct h32 *stage);

#endif
