/* SPDX-License-Identifier: ISC */
#ifndef PIN_H
#define PIN_H

#include "chain/walk.h"
#include "command.h"

/*
 * Chain ids that this user has seen first, or made, in
 * $XDG_STATE_HOME/encl/pins.yaml: by server and enclave name.  With a pin go
 * the attestation root that was trusted then and the newest entry that was
 * seen, so that a server can neither swap a chain nor take a tail away.
 */
struct pin {
	const char *server, *name;
	struct h32 chain, root;
	struct walk_pin newest;
};

/* The pin of a name, or of a chain id, at this server; *found. */
MUST_USE enum err pin_by_name(const char *server, const char *name,
    struct pin *p, bool *found);
MUST_USE enum err pin_by_chain(const char *server, const struct h32 *chain,
    struct pin *p, bool *found);
/* The same at whatever server. */
MUST_USE enum err pin_anywhere(const struct h32 *chain, struct pin *p,
    bool *found);
/* The one pin at this server whose chain id begins with these hex digits (6
 * or more); found is false when there are none or several. */
MUST_USE enum err pin_by_prefix(const char *server, const char *hex,
    struct pin *p, bool *found);

/* Writes p in the place of the pin of its name. */
MUST_USE enum err pin_set(const struct pin *p);
MUST_USE enum err pin_remove(const char *server, const char *name, bool *found);

/* All pins, server by server. */
MUST_USE enum err pin_list(const struct pin **list, size_t *n);

#endif
