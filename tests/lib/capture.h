/* SPDX-License-Identifier: ISC */
#ifndef CAPTURE_H
#define CAPTURE_H

/* What a test's own process writes to stderr. */
void capture_begin(void);
/* So far; valid until the next call. */
const char *capture_text(void);
/* The same, and stderr is as it was. */
const char *capture_end(void);

#endif
