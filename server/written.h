/* SPDX-License-Identifier: ISC */
#ifndef WRITTEN_H
#define WRITTEN_H

#include <jansson.h>

#include "db_enclave.h"
#include "reply.h"

/* A definition that came as JSON, checked, in the two forms that are kept. */
struct written {
	struct span cbor, json;
	struct h32 sha256;
};

/* pointer: where it stands in the body, for faults, which name the body's line,
 * too.  ERR_DEFINITION_BAD. */
MUST_USE enum err written_definition(struct req *q, struct reply *r,
    const json_t *j, const char *pointer, struct written *w);

/* The caller's enclave that the path names first, by its name or its chain id.
 * ERR_NOT_FOUND. */
MUST_USE enum err written_enclave(struct req *q, struct db_enclave *e);

#endif
