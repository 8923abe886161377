/* SPDX-License-Identifier: ISC */
#ifndef BUILD_MAKE_H
#define BUILD_MAKE_H

#include <jansson.h>

#include "command.h"
#include "image/build.h"

/* What is put into the image beside the recipe. */
struct build_extra {
	const json_t *definition; /* instead of the recipe's; or NULL */
	struct span key, cert;    /* PEM; empty: not signed */
};

/* Builds what a recipe (recipe.h) says into a new file.  Nothing is left there
 * after an error.  ERR_RECIPE_BAD, ERR_FILE_EXISTS, ERR_FILE_WRITE,
 * ERR_OCI_DIGEST (an input is not the one that the recipe names), and what
 * build_image, layer_read and oci_open say. */
MUST_USE enum err build_make(const json_t *recipe,
    const struct build_extra *extra, const char *out, struct build_result *r);

#endif
