/* SPDX-License-Identifier: ISC */
#ifndef RECIPE_H
#define RECIPE_H

#include <jansson.h>

#include "command.h"

/*
 * What an image is built from: the options of `encl build`, and a YAML file
 * with the same names, whose paths begin at its own folder.  An option counts
 * before the file.
 */
extern const struct option recipe_options[];

/* {name: text | true | [text]}, checked, which the caller drops.  file may be
 * NULL; options: those of this command, which must have
 * recipe_options.  ERR_RECIPE_BAD, ERR_FILE_READ. */
MUST_USE enum err recipe_read(const struct cli *c, const char *file,
    bool options, json_t **j);

/* NULL where it does not say. */
const char *recipe_text(const json_t *j, const char *name);
bool recipe_is(const json_t *j, const char *name);
const json_t *recipe_list(const json_t *j, const char *name);

#endif
