/* SPDX-License-Identifier: ISC */
#ifndef SETUP_H
#define SETUP_H

#include <stdio.h>

#include "door.h"
#include "master.h"

#define SETUP_ROOTS 8
#define SETUP_DIR "/var/lib/encl-signer"
#define SETUP_SOCKET "/run/encl-signer/socket"

/* The options of encl-signer, one row each in setup.c. */
struct setup {
	const char *dir, *socket;
	struct master_source master;
	uid_t uid[DOOR_UIDS];
	size_t uid_n;
	const char *root_file[SETUP_ROOTS];
	size_t root_file_n;
	struct h32 root[SETUP_ROOTS + 1]; /* AWS first */
	size_t root_n;
	struct bucket_rate rate, key_rate;
	unsigned memory_mb;
};

/* Fills s from the options, defaults where there are none.  Reads no file but
 * the list of users.  ERR_USAGE, and why (256 bytes) says which. */
MUST_USE enum err setup_options(struct setup *s, int argc, char **argv,
    char why[256]);
/* Reads the files of attestation roots.  ERR_SETTING, and why. */
MUST_USE enum err setup_roots(struct setup *s, char why[256]);
/* The lines of --help about options. */
void setup_help(FILE *f);

#endif
