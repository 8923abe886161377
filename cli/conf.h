/* SPDX-License-Identifier: ISC */
#ifndef CONF_H
#define CONF_H

#include <jansson.h>

#include "command.h"

/*
 * Where to ask, and as whom: flag, ENCL_* variable, .encl.yaml of the folder,
 * context of $XDG_CONFIG_HOME/encl, in this order.  Everything lives as long
 * as the command.
 */
#define CONF_ROOTS 4

struct conf {
	const char *context; /* NULL: none is chosen */
	const char *server;  /* without a slash at its end; NULL: none */
	const char *token;   /* for this server; NULL: none */
	const char *ca_file; /* NULL: the system's */
	bool insecure_http;
	size_t root_n; /* attestation roots that the context trusts */
	struct h32 root[CONF_ROOTS];
	size_t evidence_root_n; /* files with roots of makers of devices */
	const char *evidence_root[CONF_ROOTS];
};

/* Read once, then the same one again.  ERR_CONFIG_BAD, ERR_CONFIG_OPEN,
 * ERR_CONTEXT_UNKNOWN. */
MUST_USE enum err conf_get(const struct cli *c, const struct conf **conf);

/* A text of the configuration file that is no context's; NULL: it has none. */
MUST_USE enum err conf_text(const char *name, const char **text);

/*
 * A token goes only where it was meant to: one from the credentials file to
 * the server that it was stored with; one from --token-file or ENCL_TOKEN to
 * a server from a flag, the environment or a context, never to one that only
 * the folder's .encl.yaml names.
 */

/* "$XDG_CONFIG_HOME/encl/NAME", and so with XDG_STATE_HOME, XDG_DATA_HOME. */
char *conf_path(const char *name);
char *conf_state_path(const char *name);
char *conf_data_path(const char *name);

/* A YAML file as an object; one that is not there is an empty one.  The
 * caller's.  secret: file_read_private. */
MUST_USE enum err conf_load(const char *path, bool secret, json_t **j);
/* The reverse; j stays the caller's. */
MUST_USE enum err conf_store(const char *path, const json_t *j);

/* A URL as somebody wrote it, without the slashes at its end. */
char *conf_url(const char *url);

/* A token from a file, - for stdin: its first line.  ERR_TOKEN_BAD. */
MUST_USE enum err conf_token_file(const char *path, const char **token);

#endif
