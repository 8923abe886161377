/* SPDX-License-Identifier: ISC */
#ifndef ENCLAVE_H
#define ENCLAVE_H

#include "enclave/countersign.h"
#include "tests/lib/chain_builder.h"

/* An enclave beside a builder's chain.  It runs the code of a version (0:
 * debug) and asks the builder's NSM, at the builder's time. */
struct enclave {
	struct countersign *c;
	struct chain_builder *b;
	unsigned version;
	uint8_t buf[MESSAGE_REPLY_MAX];
	size_t reply_n;
	struct message_reply reply; /* to the last request; points into buf */
};

/* It knows nothing of the chain yet; v is zero, or was started before. */
void enclave_start(struct enclave *v, struct chain_builder *b,
    unsigned version);

/* One request: what countersign_answer says, and v->reply says the same. */
enum err enclave_ask(struct enclave *v, const struct message_request *q);
enum err enclave_feed(struct enclave *v, struct span entries);
/* Feeds what the enclave lacks of the builder's chain, in one message. */
enum err enclave_follow(struct enclave *v);
enum err enclave_revoke(struct enclave *v, struct span statement);
enum err enclave_receipt(struct enclave *v, enum role role);

/* A receipt as the next entry of the builder's chain. */
enum err enclave_append(struct chain_builder *b, struct span payload,
    struct span document);
/* Asks for a receipt, and the chain goes on with it. */
void enclave_receive(struct enclave *v, enum role role);

#endif
