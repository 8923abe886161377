/* SPDX-License-Identifier: ISC */
#ifndef IMAGE_TEXT_H
#define IMAGE_TEXT_H

#include <jansson.h>

#include "image/measure.h"

/* What was measured, on stdout, for people. */
void image_text_print(const struct eif *e, const struct registers *r);

/* {"PCR0": HEX, ...}, PCR8 where the image is signed; NULL without memory. */
json_t *image_text_json(const struct registers *r);

#endif
