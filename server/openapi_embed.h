/* SPDX-License-Identifier: ISC */
#ifndef OPENAPI_EMBED_H
#define OPENAPI_EMBED_H

#include "chain/span.h"

/* openapi/encl.json, as it stood when this was built. */
struct span openapi_embed(void);

#endif
