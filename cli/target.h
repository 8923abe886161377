/* SPDX-License-Identifier: ISC */
#ifndef TARGET_H
#define TARGET_H

#include "api.h"
#include "chain/rules.h"
#include "pin.h"
#include "root.h"

/*
 * The chain that a command is about.  ENCLAVE is the enclave's name, a chain
 * id, or the beginning of a pinned one; without it .encl.yaml says.  Nothing
 * is signed, and nothing is shown as true, before the whole chain was fetched
 * and verified here, against the pin and with the roots that this user
 * trusts.
 */
struct target {
	const struct conf *conf;
	const char *name; /* what the user calls it */
	struct h32 chain;
	bool pinned; /* already before this command */
	struct pin pin;
	struct span file;       /* the chain file that was verified */
	const struct state *st; /* after its newest entry */
	enum level level;       /* that was reached */
	bool held, disputed;
	struct h32 disputed_stage;
};

/* Finds it: pin, or the server's answer for a name.  ERR_USAGE without a name;
 * ERR_PIN_MISMATCH when the server's answer is not what is pinned. */
MUST_USE enum err target_find(const struct cli *c, const char *arg,
    struct target *t);

/* Finds it, fetches it, verifies it, and pins it or moves its pin on.  What
 * walk.h says, and ERR_ROOT_FOREIGN. */
MUST_USE enum err target_get(const struct cli *c, const char *arg,
    struct target *t);

/* Roots that this user trusts: flags, those of the context, and the one that
 * was trusted when the chain was pinned. */
#define TARGET_ROOTS (ROOT_MAX + CONF_ROOTS + 2)
MUST_USE enum err target_roots(const struct cli *c, const struct target *t,
    struct h32 root[TARGET_ROOTS], size_t *n);

/* Fetches and verifies it once more. */
MUST_USE enum err target_again(const struct cli *c, struct target *t);

/* The same for a chain file instead of a server: a pin of its chain, at
 * whatever server, is asked for, and none is made. */
MUST_USE enum err target_file(const struct cli *c, const char *path,
    struct target *t);

/* The definition of this hash, from the chain file, else from the server that
 * it came from.  ERR_NOT_FOUND, ERR_DEFINITION_BAD; the caller drops *j. */
MUST_USE enum err target_definition(const struct target *t,
    const struct h32 *id, json_t **j);

/* "/v1/chains/HEX" and what follows. */
char *target_path(const struct target *t, const char *tail);

#endif
