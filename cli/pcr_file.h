/* SPDX-License-Identifier: ISC */
#ifndef PCR_FILE_H
#define PCR_FILE_H

#include "view/view.h"

/*
 * Measurements as builders print them: the JSON of nitro-cli (build-enclave,
 * describe-eif, describe-enclaves), of Enclaver and Enclavia, a view of a
 * release, a YAML map with measurements, and the [attestation] table of an
 * Evervault enclave.toml.  PCR0,
 * pcr0, pcr_0 and "0" are one; 96 hex digits of either case, white space
 * around them allowed.  A value of zeros is refused, and so are measurements in
 * two places of one file, of which readers take this or that one.
 */

/* p borrows from buf.  ERR_MEASUREMENTS_BAD with a detail. */
MUST_USE enum err pcr_file_parse(struct span text, struct view_pcrs_buf *buf,
    struct pcrs *p);

/* The same of a JSON value. */
MUST_USE enum err pcr_file_value(const json_t *j, struct view_pcrs_buf *buf,
    struct pcrs *p);

/* The file's values for exactly the indexes of mask.  ERR_FILE_READ,
 * ERR_MEASUREMENTS_BAD also when one is missing. */
MUST_USE enum err pcr_file_read(const char *path, uint32_t mask,
    struct view_pcrs_buf *buf, struct pcrs *p);

/* The same, and what else the file has. */
MUST_USE enum err pcr_file_read_all(const char *path, uint32_t mask,
    struct view_pcrs_buf *buf, struct pcrs *p);

#endif
