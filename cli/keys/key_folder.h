/* SPDX-License-Identifier: ISC */
#ifndef KEY_FOLDER_H
#define KEY_FOLDER_H

#include "ui.h"

/* Every file of the folder that `encl key list` looks in (its argument, else
 * the configuration's folder keys), by name, that can be read and has at most
 * max bytes.  No folder is no file. */
void key_folder_each(const struct ui *ui, size_t max,
    void (*each)(void *ctx, const char *path, struct span text), void *ctx);

#endif
