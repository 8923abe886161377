/* SPDX-License-Identifier: ISC */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

/* Lists of options that several commands share; each ends with a row whose
 * name is NULL.  Those of one command alone stand in commands.c. */
extern const struct option options_sign[]; /* --key, --yes, secrets */
extern const struct option
    options_secrets[]; /* --passphrase-file, --pin-file */
extern const struct option options_management[]; /* --management-key-file */
extern const struct option options_produce[];    /* --sign-only, --dry-run */
extern const struct option options_window[];     /* when a stage takes effect */
extern const struct option options_chain[];      /* --root */
extern const struct option options_stage[];      /* --root and produce */
extern const struct option options_evidence[];   /* --evidence-root */
extern const struct option options_list[];       /* --limit */

extern const struct option options_sealed[]; /* --slot, --program */
extern const struct option options_piv[];    /* --pin-policy, --touch-policy */
extern const struct option options_renew[];  /* secrets, --allow-old-copy */
extern const struct option options_recovery[]; /* --recovery-file */

#endif
