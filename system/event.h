/* SPDX-License-Identifier: ISC */
#ifndef EVENT_H
#define EVENT_H

#include <stddef.h>

/* One JSON object on a line of stderr: time, program, event, then pairs of key
 * and value, both strings, up to a NULL key.  A NULL value leaves its pair
 * out. */
void event_write(const char *program, const char *event,
    const char *const *pair);

/* The same with the pairs written in place; one NULL when there are none. */
#define EVENT(program, event, ...) \
	event_write(program, event, (const char *const[]){ __VA_ARGS__, NULL })

#endif
