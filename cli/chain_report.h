/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_REPORT_H
#define CHAIN_REPORT_H

#include <jansson.h>

#include "chain_verify.h"

/* What the offline verifier found, as it is printed. */

/* One object, "encl.chain.verify/1"; NULL when there is no memory.  now: Unix
 * ms, for what the open stage waits for. */
json_t *chain_report_json(const struct chain_verify_result *r, uint64_t now);

/* The same for people, on stdout: what was shown, and what was not. */
void chain_report_text(const struct chain_verify_result *r, uint64_t now);

/* "entry 5 (receipt): too_early", for an error's detail. */
const char *chain_report_failure(const struct chain_verify_result *r);

#endif
