/* SPDX-License-Identifier: ISC */
#ifndef NOTE_H
#define NOTE_H

/* One JSON object on a line of stderr: time, program, event, then pairs of key
 * and value, both strings, up to a NULL.  A NULL value leaves its pair out. */
void note_event(const char *program, const char *event, ...)
    __attribute__((sentinel));

#endif
