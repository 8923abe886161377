/* SPDX-License-Identifier: ISC */
#ifndef OCI_H
#define OCI_H

#include <jansson.h>

#include "image/blob.h"
#include "image/layer.h"

/*
 * An image in an OCI image layout (image-layout.md of the OCI image
 * specification): a folder, or a tar archive of one.  Every part is compared
 * with its digest before it is used.
 */
#define OCI_LAYERS 512U

struct oci {
	size_t n;
	struct blob layer[OCI_LAYERS]; /* from the lowest */
	char *digest;                  /* "sha256:HEX" of the manifest */
	json_t *config;                /* the caller drops it; "config"
					* of the image's configuration, or NULL */
};

/* Whether the path is a layout, or what was one, and not a tar or a folder of
 * a root file system.
 * ERR_FILE_READ, ERR_TAR_BAD. */
MUST_USE enum err oci_is(const char *path, struct layer_spool *spool, bool *is);

/* Finds the image for linux on this architecture ("amd64", "arm64"): the one
 * with this name or digest, or, ref NULL, the only one.  ERR_OCI_BAD with a
 * detail, ERR_OCI_DIGEST, ERR_FILE_READ. */
MUST_USE enum err oci_open(const char *path, const char *ref, const char *arch,
    struct layer_spool *spool, struct oci *o);

#endif
