/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

#include "layer.h"

/* Reads a folder of this machine as the next layer of t, as a tar archive of
 * it would be read: names of one file stay names of one, and whiteouts,
 * devices, pipes and sockets are refused.  Contents are copied to the spool.
 * What layer_read says but ERR_TAR_BAD, ERR_FILE_READ (errno says why). */
MUST_USE enum err folder_read(struct tree *t, const char *path,
    struct layer_spool *spool, struct layer_result *r);

#endif
