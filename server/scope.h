/* SPDX-License-Identifier: ISC */
#ifndef SCOPE_H
#define SCOPE_H

#include <jansson.h>

#include "db_member.h"
#include "req.h"

/* Wire names of the scopes, in the order of their bits; ended by NULL. */
extern const char *const scope_names[];
/* Every one. */
#define SCOPE_ALL ((uint32_t)((SCOPE_AGENT << 1) - 1))

/* ["enclave:read",...], or NULL. */
json_t *scope_json(uint32_t scopes);
/* The reverse, of an array whose items are known to be names. */
uint32_t scope_of_json(const json_t *names);
/* What a member of this role can ever have. */
uint32_t scope_of_role(enum db_role role);

#endif
