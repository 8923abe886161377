/* SPDX-License-Identifier: ISC */
#ifndef DB_ENCLAVE_H
#define DB_ENCLAVE_H

#include "chain/state.h"
#include "db.h"

/* What an organisation calls an enclave, and its chain. */
struct db_enclave {
	int64_t id;
	const char *name;
	struct h32 chain;
	bool is_private;
	uint64_t created;            /* Unix ms */
	uint32_t definition_version; /* the newest */
	struct h32 definition;       /* SHA-256 of the newest */
};

/* Everything that brings an enclave into being.  Spans are borrowed. */
struct db_enclave_new {
	const char *name;
	bool is_private;
	struct span definition_cbor; /* canonical bytes */
	struct span definition_json; /* the same as JSON text */
	struct span genesis;         /* the entry, judged by rules_next */
	const struct state *state;   /* that rules_next made of it */
	int64_t token;               /* of the caller, 0 none */
	const char *request_id;
};

/*
 * The enclave, definition 1, the genesis entry and the chain's row, in the
 * caller's transaction (there must be one).  The same genesis again, under the
 * same name, by the same organisation: OK with *repeated, and nothing is
 * changed.  ERR_NAME_TAKEN, ERR_CHAIN_EXISTS (the chain has another name,
 * owner or setting).
 */
MUST_USE enum err db_enclave_create(struct db *db, int64_t org,
    const struct db_enclave_new *e, bool *repeated);
/* ERR_NOT_FOUND. */
MUST_USE enum err db_enclave_find(struct db *db, struct arena *a, int64_t org,
    const char *name, struct db_enclave *e);
/* The enclave of a chain, whoever owns it.  ERR_NOT_FOUND. */
MUST_USE enum err db_enclave_of_chain(struct db *db, struct arena *a,
    const struct h32 *chain, int64_t *org, struct db_enclave *e);
/* In the order of their ids. */
MUST_USE enum err db_enclave_list(struct db *db, struct arena *a, int64_t org,
    int64_t after, size_t limit, struct db_enclave **e, size_t *n);

#endif
