/* SPDX-License-Identifier: ISC */
#ifndef MEASURE_H
#define MEASURE_H

#include "eif.h"
#include "signature.h"

/*
 * What the hypervisor would measure of an image: Z being 48 zero bytes and H
 * SHA-384,
 *   PCR0 = H(Z || H(kernel, command line, every ramdisk))
 *   PCR1 = H(Z || H(kernel, command line, the first ramdisk))
 *   PCR2 = H(Z || H(the other ramdisks))
 *   PCR8 = H(Z || H(the signing certificate in DER)), of a signed image,
 * over the data of the sections in the order of the file.  One pass, in the
 * same few MiB of memory whatever the size.
 */
#define MEASURE_PCRS 4 /* 0, 1, 2, 8 */
#define MEASURE_SIZE 48

struct measure {
	struct eif eif;
	bool is_signed; /* else pcr[3] is zero */
	uint8_t pcr[MEASURE_PCRS][MEASURE_SIZE];
	bool has_sha256;
	struct h32 sha256;          /* of the whole file, as a release's eif */
	struct signature signature; /* where is_signed */
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

/* The indexes of pcr[]: 0, 1, 2, 8. */
extern const unsigned measure_index[MEASURE_PCRS];

/* Reads fd from where it is to its end, which may be a pipe's.  After an
 * error m->eif says how far it came.  What eif.h and signature.h say,
 * ERR_EIF_CRC, ERR_EIF_CMDLINE_BAD, ERR_FILE_READ (errno says why),
 * ERR_OUT_OF_MEMORY, ERR_CRYPTO. */
MUST_USE enum err measure_fd(int fd, unsigned flags, struct measure *m);

/* The register that holds H(Z || digest). */
MUST_USE enum err measure_register(const uint8_t digest[MEASURE_SIZE],
    uint8_t pcr[MEASURE_SIZE]);

#endif
