/* SPDX-License-Identifier: ISC */
#ifndef MEASURE_H
#define MEASURE_H

#include "eif.h"
#include "registers.h"
#include "signature.h"

/*
 * Reads an image once, in the same few MiB of memory whatever its size, and
 * says what the hypervisor would measure of it.
 */
struct measure {
	struct eif eif;
	struct registers registers;
	bool has_sha256;
	struct h32 sha256;          /* of the whole file, as a release's eif */
	struct signature signature; /* of a signed image */
	size_t cmdline_n, metadata_n; /* bytes of each below */
	uint8_t cmdline[EIF_CMDLINE_MAX];
	uint8_t metadata[EIF_METADATA_MAX]; /* as it stands, not judged */
	size_t signature_n;
	uint8_t section[EIF_SIGNATURE_MAX];
};

enum measure_flags {
	MEASURE_SHA256 = 1 << 0,    /* the file's own digest too */
	MEASURE_ONE_THREAD = 1 << 1 /* all of it in the caller's */
};

/* Reads fd from where it is to its end, which may be a pipe's.  After an
 * error m->eif says how far it came.  What eif.h and signature.h say,
 * ERR_EIF_CRC, ERR_EIF_CMDLINE_BAD, ERR_FILE_READ (errno says why),
 * ERR_OUT_OF_MEMORY, ERR_CRYPTO. */
MUST_USE enum err measure_fd(int fd, unsigned flags, struct measure *m);

#endif
