/* SPDX-License-Identifier: ISC */
#ifndef STREAMS_H
#define STREAMS_H

/* First in main: what of stdin, stdout and stderr is closed becomes /dev/null,
 * to be read only.  A file that is opened while one of them is closed would
 * take its place, and what is said to people would end in a key, a record or a
 * connection.  Writing to this fails, as it would without. */
void streams_fill(void);

#endif
