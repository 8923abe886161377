/* SPDX-License-Identifier: ISC */
#ifndef CHECKPOINT_JOBS_H
#define CHECKPOINT_JOBS_H

#include "chain/witness.h"
#include "db_checkpoint.h"
#include "signer_call.h"
#include "tiles.h"
#include "witness_call.h"

/*
 * Chains whose checkpoints are being made, and what their parts share.  All of
 * it belongs to the thread of checkpoints.c.
 */
struct server;

/* A witness of a chain's policy. */
struct checkpoint_witness {
	struct witness_ask ask; /* first */
	struct checkpoint_job *job;
	struct note_key key;
	uint8_t name[NOTE_NAME];       /* key.name */
	const struct witness_peer *at; /* NULL: nobody says where it is */
	bool busy;                     /* asked, and not heard */
	uint64_t asked;                /* to cosign so many entries */
	uint64_t has;                  /* the size that it was heard to have */
	uint64_t shown;   /* the size that it proved to have, by the log's word;
			   * UINT64_MAX: of another history */
	uint64_t seconds; /* of its cosignature of what is signed; 0: none */
	uint8_t sig[CHECKPOINT_COSIG];
	unsigned failures;
	uint64_t again; /* steady ms: not before */
};

struct checkpoint_job {
	struct h32 chain;
	struct checkpoint_job *same;       /* next in its bucket */
	struct checkpoint_job *next, **at; /* those that wait longest first */
	bool moved;                        /* the chain has to be looked at */
	bool doubted;    /* and the signer asked whether it has no more */
	uint64_t since;  /* wanted are cosignatures of then or later, Unix ms */
	uint64_t look;   /* steady ms: not before */
	bool known;      /* what follows was read */
	uint64_t lacks;  /* the first entry that the signer lacks */
	uint64_t beyond; /* the signer has so many entries; 0: not more */
	bool foreign;    /* another log's key is in the policy */

	/* What the log has signed; size 0: nothing. */
	uint64_t size, signed_at; /* steady ms */
	struct span state;        /* state_encode's form; the job's own */
	size_t text_n;
	uint8_t text[CHECKPOINT_TEXT_MAX], sig[64];
	size_t origin_n;     /* the text begins with the origin */
	struct note_key log; /* its name is in text */

	size_t n, threshold;
	struct checkpoint_witness *w; /* n of them */
	uint64_t witnessed;           /* Unix ms; 0: too few */
	bool behind, was_behind;      /* as the row says */
	bool dirty;                   /* the row has to be written */
};

#define CHECKPOINT_BUCKETS 16384

struct checkpoint_jobs {
	struct server *server;
	struct db *db;
	struct arena *arena; /* of one step */
	struct witness_call *call;
	struct witness_list list;
	struct tiles *tiles;
	struct note_key log; /* public; its name is another for each chain */
	char log_name[65];   /* of chains without witnesses */
	size_t n;
	struct checkpoint_job *all, **end;
	struct checkpoint_job *bucket[CHECKPOINT_BUCKETS];
	/* While one of them is looked at: large. */
	struct state st;
	struct policy policy;
	struct witness_set set;
	struct checkpoint checkpoint;
	uint8_t note[CHECKPOINT_MAX];
};

/* With more than these a job is not kept for what it waits for: it comes back
 * when the database is looked through. */
#define CHECKPOINT_CROWD 20000

/* The chain's, made when there is none; NULL: no memory, or too many. */
struct checkpoint_job *checkpoint_jobs_of(struct checkpoint_jobs *k,
    const struct h32 *chain);
void checkpoint_jobs_drop(struct checkpoint_jobs *k, struct checkpoint_job *j);
/* Others come before it now. */
void checkpoint_jobs_last(struct checkpoint_jobs *k, struct checkpoint_job *j);
/* Some witness was asked and not heard: the job must live. */
bool checkpoint_jobs_busy(const struct checkpoint_job *j);

/* The witnesses of k->set become the job's; what is known of those that stay
 * is kept.  ERR_BUSY: one that goes has been asked. */
MUST_USE enum err checkpoint_jobs_witnesses(struct checkpoint_jobs *k,
    struct checkpoint_job *j);

/* The note so far. */
void checkpoint_jobs_note(const struct checkpoint_job *j, struct out *o);

/*
 * checkpoint_sign.c: looks at n chains (at most CHECKPOINT_BATCH), has signed
 * what is new of them, and marks what has to be written.
 */
#define CHECKPOINT_BATCH 128
MUST_USE enum err checkpoint_sign(struct checkpoint_jobs *k,
    struct checkpoint_job **j, size_t n);

/* checkpoint_cosign.c: asks those witnesses of whom something is wanted now.
 * Answers are heard in witness_call_turn, and mark what has to be written. */
void checkpoint_cosign(struct checkpoint_jobs *k, struct checkpoint_job *j);
/* Something is wanted of a witness that can be reached, now or later. */
bool checkpoint_cosign_wanted(const struct checkpoint_job *j);
/* Some witness has shown more entries than there are to sign. */
bool checkpoint_cosign_outdone(const struct checkpoint_job *j);
/* Takes what a note says that came from the row: cosignatures that hold. */
void checkpoint_cosign_take(struct checkpoint_jobs *k, struct checkpoint_job *j,
    struct span note);

#endif
