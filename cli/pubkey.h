/* SPDX-License-Identifier: ISC */
#ifndef PUBKEY_H
#define PUBKEY_H

#include "chain/policy.h"
#include "command.h"

/*
 * A public key wherever one is asked for: an OpenSSH line ("ssh-ed25519
 * AAAA... NAME"), @FILE with such a line, or a reference to a key (file:PATH,
 * server:NAME).  The key's name is the line's comment, or its fingerprint
 * where there is none.  What it borrows lives as long as the command.
 */
MUST_USE enum err pubkey_get(const struct cli *c, const char *text,
    struct key *k);

/* A key of a blob and a name, kid and type made; blob and name are copied.
 * ERR_USAGE for a blob or a name that cannot stand in a policy. */
MUST_USE enum err pubkey_make(struct span blob, struct span name,
    struct key *k);

/* The key with this kid, in whatever role, or NULL. */
const struct key *pubkey_in_policy(const struct policy *p,
    const struct h32 *kid);

/* "ssh-ed25519 AAAA... NAME" */
const char *pubkey_line(const struct key *k);
const char *pubkey_fingerprint(const struct h32 *kid);

#endif
