/* SPDX-License-Identifier: ISC */
#ifndef CHAIN_VERIFY_H
#define CHAIN_VERIFY_H

#include "chain/hardware.h"
#include "chain/walk.h"

/*
 * The offline verifier: a chain file or a stream of entries through walk.h,
 * with the cryptography spread over threads.  No network, no configuration;
 * what is held in memory does not grow with the chain.  The verdict does not
 * depend on the number of threads.
 *
 *	TRY(chain_verify_open(&opts, &v));
 *	while bytes come: e = chain_verify_feed(v, bytes), stop on an error
 *	e = chain_verify_end(v);
 *	r = chain_verify_result(v);
 *	chain_verify_free(v);
 */
struct chain_verify;

#define CHAIN_VERIFY_THREADS 64

struct chain_verify_opts {
	const struct h32 *root; /* trusted roots; root_n 0: AWS Nitro G1 */
	size_t root_n;
	enum level level; /* LEVEL_PUBLIC: as much as the chain's policy makes
			   * possible */
	bool wanted;      /* walk.h: LEVEL_PUBLIC is a demand */
	/* For LEVEL_FRESH, and for what is said of the newest entry: a
	 * checkpoint that came another way, copied; empty: that of the file. */
	struct span checkpoint;
	uint64_t now, max_age;      /* Unix ms, ms: walk.h */
	unsigned threads;           /* 0 and 1: the caller's own */
	const struct h32 *chain;    /* the pinned chain id; NULL: none */
	const struct walk_pin *pin; /* a remembered entry; NULL: none */
	/* Goes on after this state of an earlier run, copied; NULL: from
	 * genesis.  Then no bytes at all are a good chain, too. */
	const struct state *from;
	/* Statements of revocation, borrowed until chain_verify_free.  Those
	 * at the head of the file are heard as well. */
	const struct span *revocation;
	size_t revocation_n;
	/* Roots of the makers of devices (DER), borrowed likewise: what is
	 * said of keys.  No verdict depends on them. */
	const struct span *evidence_root;
	size_t evidence_root_n;
	bool refuse_disputed; /* ERR_DISPUTED instead of a note */
};

struct chain_verify_result {
	enum err err; /* OK: it verifies */
	/* On an error at an entry (or -1): its place, and its kind, NULL where
	 * that cannot be told. */
	int64_t failed_at;
	const char *failed_kind;
	/* The rest is what was found up to there.  It is worth nothing unless
	 * err is OK or ERR_DISPUTED. */
	const struct state *st;
	uint64_t entries, documents, signatures, statements, definitions;
	uint64_t left_out; /* of the statements: there was no room for them */
	enum level level;  /* that was reached */
	/* What is to be said of the checkpoint over the newest entry, and its
	 * witness time, as in struct walk; the checkpoint, empty: none. */
	enum err tip;
	uint64_t witnessed;
	struct span checkpoint;
	bool pinned;   /* an id was given, and it is this chain's */
	bool pin_seen; /* a remembered entry was given, and it is here */
	bool disputed, held;
	struct h32 disputed_stage;
	uint64_t evidence; /* items of the file */
	/* Where the keys of the policy in force live, in the order of
	 * hardware_keys: as far as the file shows. */
	const struct hardware_set *hardware;
};

/* roots, pins and opts are copied.  ERR_OUT_OF_MEMORY, ERR_BUSY when threads
 * cannot be had, ERR_TOO_LARGE. */
MUST_USE enum err chain_verify_open(const struct chain_verify_opts *opts,
    struct chain_verify **v);
void chain_verify_free(struct chain_verify *v);

/* The next bytes of the file, in pieces of any size.  After an error only
 * chain_verify_end and _free make sense. */
MUST_USE enum err chain_verify_feed(struct chain_verify *v, struct span bytes);

/* Waits for every check.  OK only if the whole chain verifies; the same as the
 * result's err. */
MUST_USE enum err chain_verify_end(struct chain_verify *v);

/* After chain_verify_end; lives as long as v. */
const struct chain_verify_result *chain_verify_result(
    const struct chain_verify *v);

/* feed and end in one, from memory and from a descriptor (which may be a
 * pipe).  ERR_FILE_READ when it cannot be read, and errno. */
MUST_USE enum err chain_verify_memory(struct chain_verify *v, struct span file);
MUST_USE enum err chain_verify_fd(struct chain_verify *v, int fd);

#endif
