/* SPDX-License-Identifier: ISC */
#ifndef HOLDER_H
#define HOLDER_H

#include "chain/signer.h"
#include "cli/command.h"

/*
 * What can hold a control key, by the scheme of its reference: file:PATH,
 * server:NAME.  No other code names a kind of holder.
 */
struct holder {
	const char *scheme;
	/* Opens the key: its public half is in s->blob, nothing is asked yet.
	 * s->sign is NULL where the key signs only inside the server. */
	enum err (*open)(const struct cli *c, const char *rest,
	    struct signer *s, const char **name);
	/* Makes a key; its public half goes to blob (KEY_BLOB_MAX). */
	enum err (*generate)(const struct cli *c, const char *rest,
	    struct out *blob, const char **name);
};

/* The holder of a reference, and what follows the colon.  A reference without
 * a known scheme is a path.  ERR_KEY_SCHEME for one that is known by name but
 * not supported here. */
MUST_USE enum err holder_find(const char *ref, const struct holder **h,
    const char **rest);

/* ERR_KEY_SCHEME, ERR_KEY_MISSING, ERR_KEY_FILE_BAD, ERR_CONFIG_OPEN; name is
 * what people call the key.  Close with holder_close. */
MUST_USE enum err holder_open(const struct cli *c, const char *ref,
    struct signer *s, const char **name);
void holder_close(struct signer *s);

/* holder_file.c, holder_server.c */
extern const struct holder holder_file;
extern const struct holder holder_server;

#endif
