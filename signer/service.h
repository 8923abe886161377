/* SPDX-License-Identifier: ISC */
#ifndef SERVICE_H
#define SERVICE_H

#include "chain/checkpoint.h"
#include "decide.h"
#include "protocol.h"
#include "vault.h"

/*
 * Requests, whatever they came through.  A request is begun, which judges it
 * and puts down what it changes; ledger_write; it is finished, which makes its
 * signature while the disk works; ledger_sync; only then is it answered.
 */
struct service {
	struct vault *vault;
	struct ledger *ledger;
	struct decide *decide;
	struct bucket_rate rate;     /* of each key's signatures */
	struct bucket_rate key_rate; /* of new keys, all together */
	struct bucket keys;
};

struct service_job {
	struct protocol_request request; /* borrows from the packet */
	struct protocol_answer answer;
	struct vault_key *key; /* signs what was asked for; NULL: nobody */
	struct decide_found found;
	bool is_log; /* the key is the log's, and signs text */
	size_t text_n;
	uint8_t text[CHECKPOINT_TEXT_MAX];
	uint8_t sig[KEY_SIG_MAX];
};

/* Reads one packet and decides.  The packet stays until service_finish.
 * now: steady ms. */
void service_begin(struct service *s, struct span packet, uint64_t now,
    struct service_job *j);
/* j->answer is whole after this. */
void service_finish(struct service *s, struct service_job *j);

#endif
