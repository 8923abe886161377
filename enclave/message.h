/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "chain/entry.h"

/*
 * What agent and countersigner say to each other: one request, one reply, each
 * one item of deterministic CBOR in a frame of four bytes of length,
 * big-endian.  Neither side trusts the other with more than availability.
 *
 *   ["hello"]                  -> ["hello", version: line, chain: h32,
 *                                  next_seq: uint, pcrs, module_id: line]
 *   ["entries", sequence: bstr]-> ["entries", next_seq: uint]
 *   ["revocation", statement: bstr] -> ["revocation"]
 *   ["receipt", role: line, prev: h32, checkpoint: bstr]
 *                              -> ["receipt", payload: bstr, document: bstr]
 *   ["live", nonce: bstr .size (1..1024)] -> ["live", document: bstr]
 *   anything                   -> ["error", code: line, sentence: line]
 *
 * sequence is one or more entries, one after the other, that follow next_seq.
 * pcrs are those of the enclave itself that are not zero.  checkpoint is the
 * cosigned one that the receipt will carry, or empty: FORMAT.md section 8.
 */
#define MESSAGE_MAX ((size_t)1 << 20) /* bytes, without the frame */
#define MESSAGE_FRAME 4
#define MESSAGE_REPLY_MAX 24000 /* bytes of the longest reply */

enum message_kind {
	MESSAGE_HELLO,
	MESSAGE_ENTRIES,
	MESSAGE_REVOCATION,
	MESSAGE_RECEIPT,
	MESSAGE_LIVE,
	MESSAGE_ERROR /* in replies only */
};

struct message_request {
	enum message_kind kind;
	struct span body; /* sequence, statement, nonce or checkpoint */
	enum role role;   /* receipt; never live */
	struct h32 prev;  /* receipt */
};

struct message_reply {
	enum message_kind kind;
	struct span version, module_id; /* hello */
	struct h32 chain;               /* hello */
	uint64_t next_seq;              /* hello, entries */
	struct pcrs pcrs;               /* hello */
	struct span payload;            /* receipt */
	struct span document;           /* receipt, live */
	enum err err;                   /* error */
};

/* Everything decoded is borrowed from s.  ERR_MESSAGE, ERR_CBOR_*. */
MUST_USE enum err message_request_decode(struct span s,
    struct message_request *q);
void message_request_encode(struct out *o, const struct message_request *q);
MUST_USE enum err message_reply_decode(struct span s, struct message_reply *r);
void message_reply_encode(struct out *o, const struct message_reply *r);

/* The length that a frame announces.  ERR_TOO_LARGE for 0 and above
 * MESSAGE_MAX. */
MUST_USE enum err message_frame(const uint8_t head[MESSAGE_FRAME], size_t *n);
void message_frame_put(uint8_t head[MESSAGE_FRAME], size_t n);

#endif
