/* SPDX-License-Identifier: ISC */
#ifndef RAW_H
#define RAW_H

#include "gate.h"

/*
 * libmicrohttpd parses a header in place: it overwrites the end of each line
 * with NULs and hands out pointers into what is left.  So the pointers tell
 * what stood there: only where every line ended with CRLF, and no line was
 * folded, doubled its spaces or hid a NUL, does each piece begin exactly where
 * the piece before it says.  Anything else is refused; so is everything,
 * should the library ever lay its memory out another way.
 *
 * What cannot be told apart: a line end of NULs and bare LFs from one of CR and
 * LF.  Who ends lines at LF sees the same lines, or one of NULs alone where the
 * header ends here; the proxy in front refuses NULs.
 */
struct raw {
	const char *method, *version; /* NUL-ended, in the library's memory */
	const char *target;           /* where it stood */
	size_t target_n;              /* how long it was, up to a NUL */
	size_t size; /* of the header, from method to its empty line */
};

/* h: the headers in order, values as the library gives them. */
MUST_USE bool raw_plain(const struct raw *r, const struct gate_header *h,
    size_t n);

#endif
