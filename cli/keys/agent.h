/* SPDX-License-Identifier: ISC */
#ifndef AGENT_H
#define AGENT_H

#include "chain/key.h"

/*
 * The client's side of the SSH agent protocol (draft-miller-ssh-agent, as
 * ssh-agent and gpg-agent speak it), as far as signing needs it.  A message is
 * a length of four bytes and as many bytes; requests and answers are here
 * without the length.
 */
#define AGENT_MESSAGE_MAX (256 * 1024)
#define AGENT_REQUEST_MAX 1024
#define AGENT_KEYS_MAX 2048

/* One that the agent lists: of any type, the blob not looked into. */
struct agent_key {
	struct span blob, comment;
};

/* Requests into o (AGENT_REQUEST_MAX). */
void agent_list_encode(struct out *o);
void agent_sign_encode(struct out *o, struct span blob, struct span data);

/* The keys of an answer, at most AGENT_KEYS_MAX into key, borrowed from it.
 * ERR_AGENT unless it is one whole, well-formed list; ERR_AGENT_REFUSED. */
MUST_USE enum err agent_list_decode(struct span answer, struct agent_key *key,
    size_t *n);
/* The signature of an answer, in the chain's form (chain/sshsig.h).
 * ERR_AGENT, ERR_AGENT_REFUSED. */
MUST_USE enum err agent_sign_decode(struct span answer, enum key_type type,
    uint8_t sig[KEY_SIG_MAX], size_t *n);

/* Sends a request over a connected, non-blocking socket and takes its answer,
 * which lives as long as the command.  All of it within ms milliseconds.
 * ERR_AGENT. */
MUST_USE enum err agent_exchange(int fd, struct span request, unsigned ms,
    struct span *answer);

/* SSH_AUTH_SOCK names an agent. */
bool agent_named(void);

/* The keys of that agent; they live as long as the command.  ERR_AGENT. */
MUST_USE enum err agent_list(struct agent_key **key, size_t *n);

/* Has the agent sign data, which may wait for a person.  ERR_AGENT,
 * ERR_AGENT_REFUSED: it does not say why. */
MUST_USE enum err agent_sign(struct span blob, enum key_type type,
    struct span data, uint8_t sig[KEY_SIG_MAX], size_t *n);

#endif
