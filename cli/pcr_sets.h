/* SPDX-License-Identifier: ISC */
#ifndef PCR_SETS_H
#define PCR_SETS_H

#include "view/view.h"

/*
 * Several measurements to choose from, as verifiers and key policies hold them
 * while an upgrade goes on: an Evervault provider's array, the `measurements`
 * of a server, a Terraform list (a .tfvars file whose variables say which PCR
 * they hold, PCR0 among them, or a bare list, which is of PCR0), and every
 * spelling of pcr_file.h, which is one set.
 */
#define PCR_SETS_MAX 64U

struct pcr_set {
	struct view_pcrs_buf buf;
	struct pcrs pcrs; /* borrows from buf */
};

/* Sets live as long as the command.  ERR_MEASUREMENTS_BAD with a detail. */
MUST_USE enum err pcr_sets_parse(struct span text, struct pcr_set **set,
    size_t *n);

#endif
