/* SPDX-License-Identifier: ISC */
#ifndef PROJECT_H
#define PROJECT_H

#include <jansson.h>

#include "command.h"

/*
 * .encl.yaml in the folder where the program runs: enclave, definition, eif and
 * pcrs (paths, from that folder), keys, agents, source, server, context.  It
 * comes with a repository, so it never says whom to trust or where a token
 * goes.
 */

/* ERR_CONFIG_BAD; "" when there is no file. */
MUST_USE enum err project_load(void);

/* NULL where it does not say.  project_load came before. */
const char *project_value(const char *name);
size_t project_keys(const char **ref, size_t max);
/* Where agents take revocations. */
size_t project_agents(const char **url, size_t max);

#endif
