/* SPDX-License-Identifier: ISC */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#include "chain/err.h"
#include "chain/key.h"

/*
 * What encld and encl-signer say to each other on a unix socket of type
 * SOCK_SEQPACKET: one request a packet, one answer a packet, in turn.  Both
 * sides use this file and nothing else of each other.
 *
 *   request = [ "encl/signer/1", kind: tstr, fields... ]
 *   answer  = [ "encl/signer/1", code: tstr, next: uint, wait: uint,
 *               key: bstr, sig: bstr ]
 *
 * in the deterministic CBOR of FORMAT.md section 2.  A field is in its place
 * or the whole packet is refused.  code is "ok" or the code of an error.
 */
#define PROTOCOL_MAX 131072    /* bytes of a packet */
#define PROTOCOL_ENTRIES 80000 /* bytes of entries in one */
#define PROTOCOL_NAME 64

/* Keys of this organisation are the signer's own: of the log.  Nobody can ask
 * for them by name. */
#define PROTOCOL_OWN 0

enum protocol_kind {
	PROTOCOL_NEW,    /* org, name -> key; makes it if there is none */
	PROTOCOL_PUBLIC, /* org, name -> key */
	PROTOCOL_FEED,   /* entries -> next */
	PROTOCOL_SIGN, /* org, name, payload, next, head, entries -> key, sig */
	PROTOCOL_STATUS, /* -> next: the number of chains */
	PROTOCOL_LOG,    /* -> key: the log's, 32 bytes; makes it */
	/* name (the log's, without the chain), chain, next, head, entries ->
	 * next, key, sig: 64 bytes over checkpoint_text */
	PROTOCOL_CHECKPOINT,
	PROTOCOL_KINDS
};

struct protocol_request {
	enum protocol_kind kind;
	uint64_t org;
	struct span name;    /* 1 to PROTOCOL_NAME printable characters */
	struct span payload; /* 1 to PAYLOAD_MAX bytes */
	struct h32 chain;
	/* Where the asker's chain stands; 0 and zero for a genesis. */
	uint64_t next;
	struct h32 head;
	/* Entries of one chain, back to back, in order.  In PROTOCOL_SIGN and
	 * PROTOCOL_CHECKPOINT those that the signer may lack, or none. */
	struct span entries;
};

struct protocol_answer {
	enum err code;
	/* The first entry that the signer lacks: with OK, and with
	 * ERR_SIGNER_BEHIND. */
	uint64_t next;
	uint64_t wait;   /* ms, with ERR_RATE_LIMITED */
	struct span key; /* the public key's blob; the log's 32 bytes; none */
	struct span sig; /* at most KEY_SIG_MAX bytes, or none */
};

/* o->full when it is longer than a packet. */
void protocol_request_encode(struct out *o, const struct protocol_request *q);
void protocol_answer_encode(struct out *o, const struct protocol_answer *a);

/* What is not exactly one message: the code of the CBOR's own error, else
 * ERR_ENTRY_VERSION, ERR_KIND_UNKNOWN.  All spans are borrowed from s. */
MUST_USE enum err protocol_request_decode(struct span s,
    struct protocol_request *q);
MUST_USE enum err protocol_answer_decode(struct span s,
    struct protocol_answer *a);

/* "sign": a constant string. */
const char *protocol_kind_name(enum protocol_kind k);

#endif
