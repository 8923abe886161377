/* SPDX-License-Identifier: ISC */
#ifndef RISK_STAGE_H
#define RISK_STAGE_H

#include <jansson.h>

#include "chain/state.h"
#include "risk.h"

/* What a statement is about to be signed with, and beside what. */
struct risk_stage {
	const struct payload *p;
	const struct state *st; /* verified; NULL: no chain is at hand */
	bool pinned;            /* before this command */
	/* Of the release; NULL: neither chain file nor server has it. */
	const json_t *definition;
	uint64_t now;  /* this machine's clock, Unix ms */
	size_t here;   /* signatures that keys in this machine's memory make */
	size_t server; /* that keys of the server's signer make */
	size_t others; /* that are there, or that devices and agents make */
};

/* Adds what a signature under it could do.  What is serious was not meant by
 * anybody who is asked: see risk_stage_serious. */
void risk_stage(const struct risk_stage *s, struct risks *r);

/* There is a risk of this name, of a statement or of a policy. */
bool risk_stage_known(const char *name);

/* Nobody signs with it unless somebody says so by name. */
bool risk_stage_serious(const char *name);

/* Edges, in ms: what is below SHORT is a short window; what can take effect
 * for longer than LONG, or for less than BRIEF, is said. */
#define RISK_STAGE_SHORT (UINT64_C(24) * 3600000)
#define RISK_STAGE_LONG (UINT64_C(90) * 24 * 3600000)
#define RISK_STAGE_BRIEF UINT64_C(3600000)

#endif
