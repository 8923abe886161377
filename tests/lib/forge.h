/* SPDX-License-Identifier: ISC */
#ifndef FORGE_H
#define FORGE_H

#include <openssl/evp.h>

#include "chain/attest.h"

/*
 * Certificates and attestation documents with any one thing wrong, made byte
 * by byte for tests.  What is returned lives until an earlier mark is released;
 * every failure aborts.
 */
size_t forge_mark(void);
void forge_release(size_t mark);

/* 0 to n - 1 by chance, the same in every run. */
uint32_t forge_dice(uint32_t n);

struct span forge_hex(const char *hex);
/* n spans, one after another. */
struct span forge_cat(size_t n, ...);
struct span forge_fill(uint8_t byte, size_t n);

/* DER: a value of this tag; the length is the shortest. */
struct span forge_tlv(uint8_t tag, struct span body);
/* A name with this common name only. */
struct span forge_name(const char *cn);
/* UTCTime when from and to have 13 characters, else GeneralizedTime. */
struct span forge_validity(const char *from, const char *to);
/* One extension; oid and value in hex, of their contents. */
struct span forge_ext(const char *oid, bool critical, const char *value);
/* [3] { SEQUENCE { n extensions } } */
struct span forge_exts(size_t n, ...);
/* The two that AWS has; path_len below zero: none. */
struct span forge_ca(int path_len);
struct span forge_leaf(void);

struct forge_key {
	EVP_PKEY *pkey; /* of this process, never freed */
	uint8_t point[96];
};
struct forge_key forge_key(void);
struct span forge_spki(const struct forge_key *k);

/* Each part is DER with tag and length; forge_cert_default fills them so that
 * the certificate is good. */
struct forge_cert {
	struct span version, serial, alg, issuer, validity, subject, spki, exts;
	struct span outer_alg;
	struct span sig; /* none: made with the issuer's key */
};
struct forge_cert forge_cert_default(const char *issuer, const char *subject,
    const struct forge_key *key, struct span exts);
struct span forge_cert(const struct forge_cert *c, const struct forge_key *by);

/* r || s over the parts, and the same as DER. */
struct span forge_sign(const struct forge_key *by, struct span bytes);
struct span forge_sig_der(struct span rs);
/* (r, n - s) */
struct span forge_twin(struct span rs);

/* CBOR heads and strings, shortest form. */
struct span forge_head(unsigned major, uint64_t n);
struct span forge_bytes(struct span v);
struct span forge_text(const char *s);

/* Values are CBOR; an empty one leaves the field out.  extra is pairs. */
struct forge_doc {
	struct span module_id, digest, timestamp, pcrs, certificate, cabundle;
	struct span public_key, user_data, nonce, extra;
};
#define FORGE_TIME UINT64_C(1780315323456) /* 2026-06-01T12:02:03.456Z */
struct forge_doc forge_doc_default(struct span leaf, const struct span *ca,
    size_t n);
/* The payload as an indefinite map, and the document around it. */
struct span forge_payload(const struct forge_doc *d);
struct span forge_sign1(struct span payload, const struct forge_key *leaf);
struct span forge_doc(const struct forge_doc *d, const struct forge_key *leaf);

/* A chain as AWS has it: root, regional, zonal, instance, leaf.  The root is
 * signed here, once, so that its hash stays. */
#define FORGE_CAS 4
struct forge_pki {
	struct forge_key key[FORGE_CAS + 1];
	struct forge_cert cert[FORGE_CAS + 1]; /* before signing */
};
struct forge_pki forge_pki(void);
/* Signs the certificates and a document with them: ca and leaf may be NULL. */
struct span forge_pki_doc(const struct forge_pki *p, struct span *ca,
    struct span *leaf);

#endif
