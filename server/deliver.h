/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_H
#define DELIVER_H

#include "server.h"

/*
 * Sends what table delivery says is due, to webhooks and to mail addresses,
 * again and again for three days.  Several servers share the table; each
 * delivery has one of them at a time.  What was sent as one of them went away
 * may be sent again, under the same webhook-id.
 */
struct deliver;

/* Nothing to do, and *d NULL, where settings.notices_key is empty.  ERR_SETTING
 * and why. */
MUST_USE enum err deliver_start(struct server *s, struct deliver **d, char *why,
    size_t why_n);
void deliver_stop(struct deliver *d);
/* There is something due.  From any thread. */
void deliver_wake(struct deliver *d);

/* When to try again after so many attempts: ms from now.  random: any number.
 */
uint64_t deliver_pause(uint32_t attempts, uint32_t random);

/* Mails can be sent. */
bool deliver_mails(const struct server *s);

#endif
