/* SPDX-License-Identifier: ISC */
#ifndef SIMCERT_H
#define SIMCERT_H

#include "simkey.h"

/* Certificates of the simulator, in the five levels that real documents
 * have, with the same extensions and the same criticality. */
enum simcert_level {
	SIMCERT_ROOT,
	SIMCERT_REGIONAL,
	SIMCERT_ZONAL,
	SIMCERT_INSTANCE,
	SIMCERT_LEAF,
	SIMCERT_LEVELS
};

struct simcert {
	struct simkey key;
	int64_t not_before, not_after; /* Unix seconds, both inside */
	size_t der_n, name_n;
	uint8_t der[1024];
	uint8_t name[256]; /* DER of the subject */
	uint8_t key_id[20];
};

/* Fills c but for key, not_before and not_after, which are given.  issuer is
 * NULL for a root. */
MUST_USE enum err simcert_issue(struct simcert *c, enum simcert_level level,
    const char *common_name, const uint8_t serial[16],
    const struct simcert *issuer);

#endif
