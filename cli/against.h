/* SPDX-License-Identifier: ISC */
#ifndef AGAINST_H
#define AGAINST_H

#include <jansson.h>

#include "image_file.h"
#include "pcr_sets.h"
#include "target.h"

/*
 * What an image is compared with: a file with measurements (pcr_sets.h), a
 * definition that has some, another image, or a release of a chain, from a
 * chain file or from the server.
 */
struct against {
	char *what; /* for people: "version 2.0 of payments, pending" */
	struct pcr_set *set;
	size_t n;
	bool has_eif; /* the release names the digest of its file */
	struct h32 eif;
	const char *path; /* of the other image, or NULL */
	const struct measure *image;
};

/* A chain: a file, or what target_get takes. */
MUST_USE enum err against_target(const struct cli *c, const char *arg,
    struct target *t);

/* The release of a stage of a verified chain: stage as history_find takes it;
 * NULL is the pending one, else the one in force.  *g is given where the
 * caller wants the rest of it.  ERR_NOTHING_STAGED, ERR_STAGE_CONTENT for a
 * stage of a policy. */
MUST_USE enum err against_stage(const struct target *t, const char *stage,
    struct against *a, struct release *g);

/* Anything of the above, told apart by itself. */
MUST_USE enum err against_read(const struct cli *c, const char *arg,
    struct against *a);

/* What differs: PCR names, and places in words. */
struct against_result {
	bool same;
	json_t *registers,
	    *places; /* arrays of texts, which the caller drops */
};

/* Compares the registers that both sides have, and section by section where
 * the other image is at hand.  path is the image of m.  ERR_MEASUREMENTS_BAD
 * where there is nothing to compare, ERR_FILE_READ. */
MUST_USE enum err against_compare(const char *path, const struct measure *m,
    const struct against *a, struct against_result *r);

/* Prints it, as a table or into j, and drops what r has.  OK, or
 * ERR_IMAGE_OTHER. */
MUST_USE enum err against_say(const struct against *a, struct against_result *r,
    json_t *j);

#endif
