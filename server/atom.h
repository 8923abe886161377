/* SPDX-License-Identifier: ISC */
#ifndef ATOM_H
#define ATOM_H

#include "view/view_event.h"

/* Feeds of RFC 4287.  Names are tags (RFC 4151) of the host in the server's
 * public address, so they stay while that does. */

/* Up to the first entry.  path: of the feed and of what it is about, below
 * base; updated: Unix ms. */
void atom_begin(struct out *o, const char *base, const char *feed,
    const char *about, struct span title, uint64_t updated);
void atom_entry(struct out *o, const struct view_event_of *v);
void atom_end(struct out *o);

/* The host in "https://host:port", without a port: borrowed from base. */
struct span atom_host(const char *base);

#endif
