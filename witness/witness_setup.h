/* SPDX-License-Identifier: ISC */
#ifndef WITNESS_SETUP_H
#define WITNESS_SETUP_H

#include <stdio.h>

#include "admit.h"

#define WITNESS_SETUP_DIR "/var/lib/encl-witness"
#define WITNESS_SETUP_LISTEN "127.0.0.1:8430"

/* The options of encl-witness, one row each in witness_setup.c. */
struct witness_setup {
	const char *dir, *key, *credential, *name, *listen, *proxies;
	struct admit *logs;
	unsigned max, connections, each;
};

/* Fills s from the options, defaults where there are none, and reads the files
 * of logs that are named.  ERR_USAGE, ERR_FILE_READ, ERR_VKEY, ERR_CONFIG_BAD;
 * why (256 bytes) says which. */
MUST_USE enum err witness_setup_options(struct witness_setup *s, int argc,
    char **argv, char why[256]);
void witness_setup_free(struct witness_setup *s);
/* One of --key and --credential.  ERR_USAGE, and why. */
MUST_USE enum err witness_setup_source(const struct witness_setup *s,
    char why[256]);
/* The options, each with call: as it is written, and what it does. */
void witness_setup_each(void (*call)(FILE *f, const char *option,
			    const char *help),
    FILE *f);

#endif
