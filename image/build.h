/* SPDX-License-Identifier: ISC */
#ifndef BUILD_H
#define BUILD_H

#include "cpio.h"
#include "digest.h"

/*
 * Makes an enclave image: kernel, command line, metadata, the boot ramdisk,
 * the ramdisk of the application, signature, in this order.  The same inputs
 * give the same bytes anywhere, the signature apart, which ECDSA makes anew
 * each time.
 */
struct build {
	bool arm64;
	uint64_t memory, cpus;
	int kernel, boot; /* regular files, read from their beginning */
	struct span cmdline, metadata;
	struct tree *tree;
	struct cpio cpio;
	bool gzip;             /* else the ramdisk is stored as it is */
	struct span key, cert; /* PEM; empty: not signed */
};

struct build_result {
	struct eif eif;
	struct registers registers;
};

/* Writes the image to fd, an empty regular file.  ERR_FILE_READ,
 * ERR_FILE_WRITE (errno says why), what cpio.h and signature.h say,
 * ERR_EIF_SECTION_EMPTY, _CMDLINE_BAD, _METADATA_LARGE, ERR_CRYPTO,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err build_image(int fd, const struct build *b,
    struct build_result *r);

#endif
