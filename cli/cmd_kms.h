/* SPDX-License-Identifier: ISC */
#ifndef CMD_KMS_H
#define CMD_KMS_H

#include "command.h"
#include "target.h"

/* The handlers of `encl kms policy` and `encl kms lint`. */
MUST_USE enum err cmd_kms_policy(struct cli *c);
MUST_USE enum err cmd_kms_lint(struct cli *c);

/* The hash that a release carries as `kms`, of the policy in a file that has
 * no finding and gives its key to r, which is to be staged on t, and besides to
 * nothing but what may run now.  ERR_FILE_READ, ERR_JSON_BAD, ERR_JSON_DEPTH,
 * ERR_KMS_POLICY. */
MUST_USE enum err cmd_kms_hash(const char *path, const struct target *t,
    const struct release *r, struct h32 *hash);

#endif
