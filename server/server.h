/* SPDX-License-Identifier: ISC */
#ifndef SERVER_H
#define SERVER_H

#include "chains.h"
#include "commit.h"
#include "settings.h"

struct notify;      /* notify.h: word to and from other servers */
struct sched;       /* sched.h: what is due becomes tasks */
struct signer_call; /* signer_call.h: the process with server-held keys */
struct limits;      /* limit.h: token buckets */
struct metrics;     /* metrics.h */
struct auth;        /* auth.h: tokens that were good a moment ago */
struct ahead;       /* ahead.h: tells that process of entries */
struct events;      /* events.h: who watches */
struct sequence;    /* sequence.h: one order of all entries */
struct deliver;     /* deliver.h: webhooks and mails */
struct notice_key;  /* notice_key.h: what signs them */
struct custody;     /* custody.h: where keys live, as far as it is shown */
struct checkpoints; /* checkpoints.h: chains as logs */

/* What all threads of one encld share.  Made by main.c, read-only after. */
struct server {
	struct settings settings;
	struct chains *chains;
	struct commit *commit;
	struct notify *notify;
	struct sched *sched;
	struct events *events;
	struct sequence *sequence;
	struct deliver *deliver;       /* NULL: none are sent */
	struct notice_key *notice_key; /* likewise */
	struct http *http;
	struct signer_call *signer; /* NULL: none is configured */
	struct ahead *ahead;        /* likewise */
	struct limits *limits;
	struct metrics *metrics;
	struct auth *auth;
	struct custody *custody;
	struct checkpoints *checkpoints; /* NULL: without a signer */
	struct h32 root[8]; /* trusted attestation roots: settings */
	size_t root_n;
};

#endif
