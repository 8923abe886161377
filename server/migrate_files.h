/* SPDX-License-Identifier: ISC */
#ifndef MIGRATE_FILES_H
#define MIGRATE_FILES_H

#include "chain/span.h"

/* The files of sql/ in their order; the build makes the table. */
struct migrate_file {
	const char *name; /* "0001_roles.sql" */
	struct span text;
};

extern const struct migrate_file migrate_files[];
extern const size_t migrate_files_n;

#endif
