/* SPDX-License-Identifier: ISC */
#ifndef ACCESS_H
#define ACCESS_H

#include "chains.h"
#include "reply.h"

/*
 * Who may look at a chain.  What is not the caller's to see is ERR_NOT_FOUND,
 * like what is not there.
 */
struct access {
	struct chains *chains;
	const struct chain_view *view;
};

void access_drop(struct access *a);
#define ACCESS_AUTO __attribute__((cleanup(access_drop)))

/* The chain that the path names first: public, or of the caller's
 * organisation.  ERR_SCOPE: the organisation's own, private, and the token may
 * neither read enclaves nor act as an agent. */
MUST_USE enum err access_read(struct req *q, struct access *a);
/* A chain of the caller's own organisation. */
MUST_USE enum err access_own(struct req *q, const struct h32 *chain,
    struct access *a);
/* A chain, whoever asks; the handler decides what it lets out. */
MUST_USE enum err access_any(struct req *q, const struct h32 *chain,
    struct access *a);
/* The caller belongs to the organisation that owns the chain. */
bool access_is_own(const struct req *q, const struct chain_view *v);

/* A state of the view, decoded, in the arena. */
MUST_USE enum err access_state(struct req *q, const struct chain_view *v,
    struct state **st);

/* How the answer may be kept: c, or not at all when the chain is private. */
enum cache access_cache(const struct access *a, enum cache c);

#endif
