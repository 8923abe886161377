/* SPDX-License-Identifier: ISC */
#ifndef LANE_H
#define LANE_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * One reader, several workers: each piece that the reader gives is seen by
 * every lane, in order, each lane in a thread of its own.  The memory is
 * LANE_SLOTS buffers, however long the stream is.
 */
#define LANE_MAX 4
#define LANE_SLOTS 8
#define LANE_SLOT ((size_t)256 * 1024)

struct lanes;

/* What a lane does with a piece; `what` is the reader's word for it.  False
 * ends the lane, and lane_close answers ERR_CRYPTO. */
struct lane {
	bool (*run)(void *ctx, struct span piece, unsigned what);
	void *ctx;
};

/* threads false: lane_give itself runs the lanes.  ERR_OUT_OF_MEMORY. */
MUST_USE enum err lane_open(struct lanes **l, const struct lane *lane, size_t n,
    bool threads);

/* A buffer of LANE_SLOT bytes to fill; waits until there is one. */
uint8_t *lane_buffer(struct lanes *l);

/* Hands the first n bytes of that buffer to all lanes. */
void lane_give(struct lanes *l, size_t n, unsigned what);

/* Waits until every lane has seen everything, and frees. */
MUST_USE enum err lane_close(struct lanes *l);

#endif
