/* SPDX-License-Identifier: ISC */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "command.h"
#include "risk.h"

/* Risks that somebody takes: by --accept-risk, or asked one by one. */

/* --accept-risk names risks that there are; else ERR_USAGE. */
MUST_USE enum err accept_check(const struct cli *c);

/* The risks as lines of the signing screen. */
void accept_show(const struct risks *r);

/* Each serious one is accepted by name, or agreed to at the terminal.  With
 * --yes or without a terminal nobody is asked: ERR_RISK.  ERR_DECLINED. */
MUST_USE enum err accept_ask(const struct cli *c, const struct risks *r);

#endif
