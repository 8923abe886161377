/* SPDX-License-Identifier: ISC */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include "cli/command.h"

/*
 * Where a passphrase comes from: --passphrase-fd, --passphrase-file (or its
 * variable), else the terminal.  Never the command line.  A source with one
 * line serves every key; one with more serves the first key with the first
 * line and so on.
 */

/* The passphrase for what is named, in guarded memory; passphrase_free it.
 * new: it is asked twice, and must have 8 characters or more.
 * ERR_PASSPHRASE_MISSING, ERR_USAGE, ERR_DECLINED (Ctrl-C, Ctrl-D). */
MUST_USE enum err passphrase_get(const struct cli *c, const char *what,
    bool new, struct span *p);
void passphrase_free(struct span *p);

/* A bearer token, asked at the terminal without echo; it lives as long as the
 * command. */
MUST_USE enum err passphrase_token(const char **token);

/* One question that wants y or n, on the terminal; anything but y or yes is
 * no, and so is no terminal.  --yes answers it. */
bool passphrase_agree(const struct cli *c, const char *question);

#endif
