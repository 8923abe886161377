/* SPDX-License-Identifier: ISC */
#ifndef EXPORT_SSHSIG_H
#define EXPORT_SSHSIG_H

#include "target.h"

/*
 * Every control signature of a verified chain as files that stock OpenSSH
 * checks: SEQ.payload, SEQ-PRINCIPAL.sig, and allowed_signers with a line for
 * each key, its principal being its kid in hex.  dir is made when it is not
 * there.  ERR_FILE_WRITE.  *n: how many signatures.
 */
MUST_USE enum err export_sshsig(const struct target *t, const char *dir,
    size_t *n);

#endif
