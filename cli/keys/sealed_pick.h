/* SPDX-License-Identifier: ISC */
#ifndef SEALED_PICK_H
#define SEALED_PICK_H

#include "sealed_file.h"
#include "ykpers.h"

/* Which of the YubiKeys that are plugged in. */

/* The first of a file's own.  ERR_DEVICE_MISSING and those of ykpers.h. */
MUST_USE enum err sealed_pick_own(const struct sealed_file *f,
    struct ykpers_at *at);

/* Those that --serial names, rising, else the only one, with this slot; 0: that
 * of --slot, else 2.  used: one of the slots holds something.
 * ERR_KEY_AMBIGUOUS, ERR_DEVICE_MISSING, ERR_USAGE and those of ykpers.h. */
struct sealed_pick {
	size_t n;
	struct ykpers_at at[SEALED_FILE_SERIALS];
	bool used;
};
MUST_USE enum err sealed_pick_named(const struct cli *c, unsigned slot,
    struct sealed_pick *p);

/* "17654321, 17654322"; lives as long as the command. */
const char *sealed_pick_list(const struct sealed_pick *p);

#endif
