/* SPDX-License-Identifier: ISC */
#ifndef NSM_SIM_H
#define NSM_SIM_H

#include "nsm.h"

/*
 * A software NSM for development and tests.  Its documents have exactly the
 * shape of real ones, but they begin at a root of its own, whose name says
 * that it is a simulator and which nobody trusts who does not name it.
 *
 * Everything follows from a seed of 32 bytes, the instance and the clock:
 * the same certificates come back for the same time, byte for byte, and they
 * are shared between documents as real ones are (regional certificates live
 * 20 days, zonal 6 days, instance 24 hours, leaf 3 hours).
 * Not for two threads at once.
 */
struct nsm_sim;

#define NSM_SIM_SEED 32

/*
 * The simulator whose seed stands in dir/root.key (64 hex digits, mode 0600);
 * it is made, and dir with it, when it is not there.  Also writes dir/root.der
 * and dir/root.pem, the root certificate.  Its enclave id is new each time, its
 * clock is the wall clock.  ERR_NSM when dir cannot be used.
 */
MUST_USE enum err nsm_sim_open(const char *dir, struct nsm_sim **sim);

/* The same from a seed, without files.  Two numbers of instance are two
 * enclaves under one root.  The clock stands at 2026-01-01T00:00:00Z. */
MUST_USE enum err nsm_sim_open_memory(const uint8_t seed[NSM_SIM_SEED],
    uint64_t instance, struct nsm_sim **sim);

/* The simulator as an NSM.  nsm_close frees the simulator. */
struct nsm nsm_sim_nsm(struct nsm_sim *sim);

/* For one that no struct nsm was made of; NULL is fine. */
void nsm_sim_close(struct nsm_sim *sim);

/* PCR values are zero until they are set, but for PCR4, which is the hash of
 * the instance id.  index < PCR_COUNT; setting one above 15 makes it appear,
 * as locking does. */
void nsm_sim_set_pcr(struct nsm_sim *sim, unsigned index,
    const uint8_t value[PCR_SIZE]);

/* Milliseconds of Unix time.  now is asked once a document. */
void nsm_sim_set_clock(struct nsm_sim *sim, uint64_t (*now)(void *ctx),
    void *ctx);
void nsm_sim_set_time(struct nsm_sim *sim, uint64_t ms);

/* The root certificate in DER, borrowed, and its SHA-256. */
struct span nsm_sim_root(const struct nsm_sim *sim);
struct h32 nsm_sim_root_hash(const struct nsm_sim *sim);

#endif
