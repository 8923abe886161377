/* SPDX-License-Identifier: ISC */
#ifndef YKPERS_LIB_H
#define YKPERS_LIB_H

#include "ykpers.h"

/* Inside the child: libykpers itself. */
enum ykpers_act { YKPERS_LIST, YKPERS_RESPOND, YKPERS_PROBE, YKPERS_PROGRAM };

struct ykpers_job {
	enum ykpers_act act;
	struct ykpers_at at;
	const uint8_t *challenge; /* of YKPERS_RESPOND */
	const uint8_t *secret;    /* of YKPERS_PROGRAM */
	const uint8_t *access;    /* likewise; NULL: none */
};

struct ykpers_reply {
	enum err err;
	char detail[160], hint[160]; /* "" when there is none */
	bool touch;
	uint8_t response[YKPERS_RESPONSE];
	size_t n;
	struct ykpers_key key[YKPERS_KEYS];
};

/* Does the job; what it says is in *reply (zeroed before). */
void ykpers_lib_do(const struct ykpers_job *job, struct ykpers_reply *reply);

/* Ends it in its middle: the key stops blinking, and the kernel gets its
 * keyboard driver back. */
void ykpers_lib_give_up(void);

#endif
