/* SPDX-License-Identifier: ISC */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

#include "chain/pcr.h"
#include "image/measure.h"

/* Enclave images on this machine, measured (image/measure.h). */

/* Measures the file; "-" is stdin.  m lives as long as the command, and after
 * an error says how far it came.  What measure_fd says, ERR_EIF_METADATA_BAD,
 * ERR_FILE_READ; with a detail that names the file and the section. */
MUST_USE enum err image_file_measure(const char *path, unsigned flags,
    struct measure **m);

/* The registers of mask, as a release lists them.  ERR_MEASUREMENTS_BAD where
 * an image has no such register: PCR8 of one that is not signed, and those
 * that depend on where it runs. */
MUST_USE enum err image_file_release(const char *path, const struct measure *m,
    uint32_t mask, struct pcrs *p);

/* Who rebuilds an image cannot sign it; PCR8 is of the certificate alone,
 * which is public: takes it from a PEM file, where path is not NULL.
 * ERR_USAGE for an image that is signed, ERR_EIF_SIGNATURE_CERT. */
MUST_USE enum err image_file_certify(struct measure *m, const char *path);

/* The file begins as an enclave image does. */
bool image_file_is(const char *path);

#endif
