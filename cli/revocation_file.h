/* SPDX-License-Identifier: ISC */
#ifndef REVOCATION_FILE_H
#define REVOCATION_FILE_H

#include "command.h"

/* Signed revocations that came another way, from the files of --revocation. */
#define REVOCATION_FILE_MAX 256

struct revocation_file {
	size_t n;
	struct span statement[REVOCATION_FILE_MAX];
};

/* ERR_FILE_READ; ERR_USAGE for a file with anything else in it. */
MUST_USE enum err revocation_file_options(const struct cli *c,
    struct revocation_file *f);

#endif
