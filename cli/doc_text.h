/* SPDX-License-Identifier: ISC */
#ifndef DOC_TEXT_H
#define DOC_TEXT_H

#include "chain/attest.h"

/* The most bytes that a document takes as text, with room for line ends. */
#define DOC_TEXT_MAX ((size_t)3 * ATTEST_DOC_MAX)

/* An attestation document as it is, or what its hex or base64 (any alphabet,
 * padded or not, with white space) stands for; what is none of these comes back
 * as it is.  Lives as long as the command. */
struct span doc_text_read(struct span s);

#endif
