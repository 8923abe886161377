/* SPDX-License-Identifier: ISC */
#ifndef DB_DELIVERY_H
#define DB_DELIVERY_H

#include "db.h"

/* What is sent to webhooks and to mail addresses, and what became of it. */

/* One that was claimed: nobody else tries it for half a minute. */
struct db_delivery_job {
	int64_t id;
	/* An entry, or a happening (else 0), or neither: a test, or the mail
	 * that asks. */
	bool has_entry;
	struct h32 chain;
	uint64_t seq;
	int64_t happening;
	uint32_t attempts;       /* this one counted */
	uint64_t created, until; /* Unix ms */
	/* to a webhook, or to an address */
	int64_t webhook, subscription; /* the other one is 0 */
	int64_t org;
	const char *to; /* URL or address */
	uint32_t generation;
	uint64_t made, rotated; /* of the webhook; made also of the address */
	bool confirmed;
};

/* So that those who do not answer keep nobody waiting but each other. */
enum db_delivery_lane {
	DB_DELIVERY_WELL, /* webhooks where the last attempt arrived */
	DB_DELIVERY_WARY, /* where it failed, or none was made yet */
	DB_DELIVERY_MAIL,
	DB_DELIVERY_LANES
};
struct db_delivery_turn {
	enum db_delivery_lane lane;
	size_t limit;
	/* Webhooks, or subscriptions, to whom enough is on its way, and
	 * organisations (none for mails) to whose webhooks. */
	const int64_t *busy, *org;
	size_t busy_n, org_n;
};
/* Of one webhook at most 4, in the wary lane 1. */
MUST_USE enum err db_delivery_claim(struct db *db, struct arena *a,
    const struct db_delivery_turn *t, struct db_delivery_job **j, size_t *n);

/* How an attempt went. */
struct db_delivery_result {
	int64_t id;
	bool done;
	int32_t status, took; /* HTTP or SMTP status, 0 none; ms */
	const char *error;    /* NULL: none */
	uint64_t due;         /* Unix ms of the next attempt; 0: it is over */
};
MUST_USE enum err db_delivery_record(struct db *db,
    const struct db_delivery_result *r);
/* Mails leave no trace once they are over. */
MUST_USE enum err db_delivery_forget(struct db *db, int64_t id);

/* The log of a webhook, newest first. */
struct db_delivery {
	int64_t id;
	bool has_entry;
	struct h32 chain;
	uint64_t seq;
	uint64_t created, due, tried; /* Unix ms; 0: none */
	uint32_t attempts;
	bool done;
	int32_t status, took;
	const char *error; /* "" none */
};
MUST_USE enum err db_delivery_list(struct db *db, struct arena *a, int64_t org,
    int64_t webhook, int64_t before, size_t limit, struct db_delivery **d,
    size_t *n);
/* Again, as if it were new.  ERR_NOT_FOUND. */
MUST_USE enum err db_delivery_again(struct db *db, int64_t org, int64_t webhook,
    int64_t id);
/* A test of a webhook; *id.  ERR_NOT_FOUND. */
MUST_USE enum err db_delivery_test(struct db *db, int64_t org, int64_t webhook,
    int64_t *id);

/* How many wait, and how many ms the oldest is late. */
MUST_USE enum err db_delivery_queue(struct db *db, uint64_t *waiting,
    uint64_t *late);
/* What is too old or too much of the log goes, and addresses that never
 * answered. */
MUST_USE enum err db_delivery_prune(struct db *db);

#endif
