/* SPDX-License-Identifier: ISC */
#ifndef ATTEST_H
#define ATTEST_H

#include "pcr.h"

/*
 * Attestation documents of AWS Nitro enclaves: FORMAT.md section 6 and the
 * profile there.  Lenient about what AWS varies (definite and indefinite
 * maps, null, tag 18), strict about everything else.
 */
#define ATTEST_DOC_MAX 20000
#define ATTEST_TPM_PCRS 24
#define ATTEST_CA_MAX 8

struct attest_opt { /* an optional field; absent and null are one */
	bool present;
	struct span v; /* 0 to 1024 bytes */
};

/* All spans are borrowed from the document. */
struct attest {
	struct span protected, payload, signature;
	struct span module_id;
	uint64_t timestamp; /* Unix milliseconds, the hypervisor's clock */
	struct pcrs pcrs;   /* as they stand: zero values are allowed here */
	bool nitrotpm;      /* they are of an instance's NitroTPM */
	struct span certificate;
	size_t ca_n;
	struct span ca[ATTEST_CA_MAX]; /* root first */
	struct attest_opt public_key, user_data, nonce;
};

/* Reads the document: rules 1 to 5 of the profile.  Nothing is verified yet.
 * ERR_DOC_*, ERR_TOO_LARGE.  Never use the bytes of a document as its name:
 * anybody can turn its signature (r, s) into (r, n - s), which verifies too. */
MUST_USE enum err attest_parse(struct span doc, struct attest *a);

/*
 * The same for a document of an EC2 instance's NitroTPM, which attest_parse
 * refuses with ERR_DOC_NITROTPM: nitrotpm_pcrs in place of pcrs, 0 to 23 all
 * there, and a module_id that says so.  An enclave's is refused with
 * ERR_DOC_FIELD_MISSING, one that has both with ERR_DOC_PCRS.  Never for what
 * is to prove an enclave.
 */
MUST_USE enum err attest_parse_nitrotpm(struct span doc, struct attest *a);

/* PCR0, PCR1 and PCR2 of an enclave are all zero. */
bool attest_is_debug(const struct attest *a);

/*
 * Certificates that were verified, by the hash of their bytes, so that one
 * that comes again costs nothing but the check of its window.  A value of
 * fixed size, owned by the caller, zeroed before first use; NULL is allowed
 * wherever one is asked for.  Not for two threads at once.
 */
#define ATTEST_CACHE_SLOTS 64
struct attest_cache {
	struct attest_cached {
		bool used, ca;
		uint8_t path_len; /* 255: none given */
		/* where in its bytes the DER of its subject name stands, and
		 * its P-384 key x || y */
		uint16_t subject_at, subject_n, point_at;
		uint64_t stamp; /* of the last use */
		/* SHA-256 of the certificate and of the very one that signed
		 * it, which is zero for the root */
		struct h32 cert, issuer;
		int64_t not_before, not_after; /* Unix seconds, both inside */
	} slot[ATTEST_CACHE_SLOTS];
	uint64_t clock;
	uint64_t checks; /* P-384 verifications made so far, for the bench */
};

/* Verifies certificates and signature: rules 6 to 10.  root is the SHA-256 of
 * the trusted root certificate's DER.  at is the time of judging in Unix
 * milliseconds: a->timestamp for what lies in a chain, now for what is live.
 * Debug is not judged here.  ERR_DOC_ROOT, ERR_CERT_*, ERR_DOC_SIG. */
MUST_USE enum err attest_verify(const struct attest *a, const struct h32 *root,
    uint64_t at, struct attest_cache *cache);

/* AWS Nitro Enclaves Root G1: its SHA-256 641a0321...bb5b. */
extern const struct h32 attest_root_aws;

#endif
