/* SPDX-License-Identifier: ISC */
#ifndef ENCL_H
#define ENCL_H

/*
 * libencl: verifies upgrade chains and attestation documents of enclaves, and
 * checkpoints of the logs that chains are.  The format is FORMAT.md.  Nothing
 * here opens a file, asks a clock or a network, allocates or keeps anything
 * between calls: memory, time and trust come from the caller.
 *
 *	struct encl_options o = { .chain = id };
 *	void *mem = malloc(encl_verifier_size());
 *	struct encl_verifier *v = encl_verifier_init(mem, &o);
 *	while (... bytes of a chain file come, in pieces of any size ...)
 *		if (encl_verifier_feed(v, bytes, n) != 0)
 *			break;
 *	struct encl_result r;
 *	if (encl_verifier_end(v, &r) == 0)
 *		... r.in_force.pcr[0] is what runs ...
 *	else
 *		... r.code and r.sentence say why not, r.failed_at where ...
 *
 * A verifier is for one thread at a time.  Functions that return int return 0
 * or a negative number; the code is in the result.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENCL_ID 32
#define ENCL_PCRS 32
#define ENCL_PCR 48

struct encl_bytes {
	const void *p;
	size_t n;
};

/* FORMAT.md section 10. */
enum encl_level {
	/* As much as the chain makes possible without a clock: PUBLIC where the
	 * policy in force names witnesses, else ATTESTED. */
	ENCL_BEST,
	ENCL_SIGNED,   /* documents are read, but not verified */
	ENCL_ATTESTED, /* everything but checkpoints */
	ENCL_PUBLIC,   /* changes were made before witnesses; else "level" */
	ENCL_FRESH     /* and witnesses saw no more than this, lately */
};

/* Of encl_options.max_age. */
#define ENCL_MAX_AGE 86400000

/* Zero is the default of every field.  Pointers are used until the call that
 * they were given to returns. */
struct encl_options {
	const uint8_t *chain; /* the pinned chain id, ENCL_ID bytes; or NULL */
	/* root_n times ENCL_ID bytes: SHA-256 of the DER of the attestation
	 * roots to trust, at most 16.  None: the root of AWS Nitro (G1). */
	const uint8_t *root;
	size_t root_n;
	enum encl_level level;
	/* For ENCL_FRESH: the caller's own clock, Unix ms, not 0; and how old a
	 * checkpoint may be, ms; 0: ENCL_MAX_AGE. */
	uint64_t now, max_age;
	/* A checkpoint of the chain from anywhere, for instance from a witness;
	 * the one in the file is not looked at then.  At most 16 KiB. */
	struct encl_bytes checkpoint;
	/* An entry remembered from an earlier visit; id NULL: none. */
	const uint8_t *seen_id;
	uint64_t seen_seq;
	/* Roots of the makers of key devices (DER), at most 8 and 16 KiB of
	 * them, for encl_verifier_key alone: no verdict depends on them. */
	const struct encl_bytes *evidence_root;
	size_t evidence_root_n;
};

struct encl_release {
	bool known;        /* false: there is none, the rest is zero */
	uint32_t pcr_mask; /* bit i: PCR i is part of the release */
	uint8_t pcr[ENCL_PCRS][ENCL_PCR];
	uint8_t definition[ENCL_ID];
	char version[65];
	uint64_t svn;
};

struct encl_result {
	const char *code;     /* "ok", or a stable code: FORMAT.md section 9 */
	const char *sentence; /* for people */
	uint64_t failed_at;   /* seq of the entry that was refused */

	/* The rest is zero unless code is "ok". */
	enum encl_level level; /* that was reached, never ENCL_BEST */
	bool pinned;           /* an id was given, and it is this chain's */
	uint8_t chain[ENCL_ID], head[ENCL_ID];
	uint64_t entries;
	char label[65];
	bool upgradable;

	struct encl_release in_force;
	uint64_t upgrades; /* releases that came in force so far */
	/* Hardware time of the last completed change, ms. */
	uint64_t in_force_at;

	bool witnessed; /* the policy in force names witnesses */
	/* When enough of them had cosigned a checkpoint over the last entry,
	 * ms; 0: none is at hand that holds.  From ENCL_PUBLIC on. */
	uint64_t witnessed_at;
	bool waiting; /* witnessed, and witnessed_at is 0 */

	bool pending;        /* a stage is open */
	bool pending_policy; /* it changes keys or rules, not code */
	bool noticed, accepted, backed;
	uint8_t stage[ENCL_ID];
	struct encl_release next; /* known: the code that is pending */
	/* It may take effect from opens on (0: notice has not been given yet)
	 * and until expires, Unix ms. */
	uint64_t opens, expires;

	bool held;     /* a valid revocation of the open stage is at hand */
	bool disputed; /* a completed stage was revoked, too late to stop it */
	uint8_t disputed_stage[ENCL_ID];
	uint64_t left_out; /* revocations in the file beyond those heard */
};

/* The bytes that a verifier needs, and the pointer's alignment is that of
 * malloc.  About 280 KB. */
size_t encl_verifier_size(void);

struct encl_verifier;

/* A verifier in mem.  NULL when the options make no sense.  There is nothing
 * to release: the memory is the caller's. */
struct encl_verifier *encl_verifier_init(void *mem,
    const struct encl_options *options);

/* A statement of revocation that the caller holds, before the first feed.
 * Those at the head of a chain file are heard without this, as many as there is
 * room for: 64 and 64 KiB of both. */
int encl_verifier_revocation(struct encl_verifier *v, const void *statement,
    size_t n);

/* The next bytes of a chain file or of a stream of entries. */
int encl_verifier_feed(struct encl_verifier *v, const void *bytes, size_t n);

int encl_verifier_end(struct encl_verifier *v, struct encl_result *result);

/* Where a key lives, as far as the file shows: FORMAT.md section 5. */
enum encl_custody {
	ENCL_NOT_CLAIMED,
	ENCL_CLAIMED,   /* the policy names evidence that the file lacks */
	ENCL_NOT_SHOWN, /* the evidence is there and does not hold: why */
	ENCL_HELD       /* in hardware, touch required */
};

struct encl_key {
	uint8_t kid[ENCL_ID];
	const char *role; /* "control", "guardian", "endorser" */
	char name[65];
	enum encl_custody custody;
	const char *why; /* of ENCL_NOT_SHOWN: a stable code; else "ok" */
};

/* The i-th key of the policy in force, after encl_verifier_end was 0.  Not 0:
 * there are no more. */
int encl_verifier_key(const struct encl_verifier *v, size_t i,
    struct encl_key *key);

/* All of it at once. */
int encl_verify_chain(void *mem, const struct encl_options *options,
    const void *file, size_t n, struct encl_result *result);

struct encl_document {
	const char *code, *sentence;
	/* The rest is zero unless code is "ok".  Pointers go into the
	 * document; an absent field is NULL. */
	const uint8_t *module_id, *public_key, *user_data, *nonce;
	size_t module_id_n, public_key_n, user_data_n, nonce_n;
	uint64_t timestamp; /* ms */
	uint32_t pcr_mask;
	uint8_t pcr[ENCL_PCRS][ENCL_PCR];
	bool debug;
};

/*
 * One attestation document.  root: ENCL_ID bytes, NULL for AWS Nitro (G1).
 * at: the time of judging in Unix ms; 0 for the document's own, which proves
 * nothing about now.  A debug enclave's document is refused ("doc_debug")
 * unless allow_debug.
 */
int encl_verify_document(const void *document, size_t n, const uint8_t *root,
    uint64_t at, bool allow_debug, struct encl_document *result);

struct encl_checkpoint {
	const char *code, *sentence;
	/* The rest is zero unless code is "ok".  origin goes into the note. */
	const uint8_t *origin;
	size_t origin_n;
	uint64_t size; /* entries */
	uint8_t root[ENCL_ID];
};

/*
 * A signed checkpoint of any log (c2sp.org/tlog-checkpoint).  log and witness:
 * verifier keys, NAME+ID+KEY, of Ed25519 logs and cosigners; the log's name
 * must be the checkpoint's origin, and it must have signed.  seconds has a
 * place for each of the n_witness: the Unix second of its cosignature, 0 where
 * there is none.  A cosignature of a witness named here that does not verify is
 * an error; lines of other keys are not looked at.  How many must have signed,
 * and how lately, the caller decides.
 */
int encl_verify_checkpoint(const void *note, size_t n, const char *log,
    const char *const *witness, size_t n_witness, uint64_t *seconds,
    struct encl_checkpoint *result);

struct encl_split {
	const char *code, *sentence;
	/* The rest is zero unless code is "ok".  origin goes into the file. */
	const uint8_t *origin;
	size_t origin_n;
	uint64_t size; /* of both histories; where one is longer, so far */
	uint8_t root[2][ENCL_ID];
};

/* Evidence that a log showed two histories, FORMAT.md section 8.  0: it
 * convicts the holder of this verifier key. */
int encl_verify_split(const void *evidence, size_t n, const char *log,
    struct encl_split *result);

#ifdef __cplusplus
}
#endif

#endif
