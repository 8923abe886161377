/* SPDX-License-Identifier: ISC */
#ifndef PCSC_H
#define PCSC_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * Smart cards through libpcsclite, which is opened when it is first needed,
 * and its service pcscd.  Strings live as long as the command.
 */
#define PCSC_READERS 16

struct pcsc;

/* The names of the readers, at most PCSC_READERS, with a card or without.
 * None is no error.  ERR_KEY_LIBRARY; ERR_DEVICE_MISSING: pcscd does not
 * run. */
MUST_USE enum err pcsc_readers(const char **name, size_t *n);

/* Connects to the card in a reader and begins a transaction, in which other
 * programs wait.  Close with pcsc_close.  ERR_DEVICE_MISSING: no card in it,
 * or no such reader; ERR_DEVICE_BUSY, ERR_DEVICE_GONE. */
MUST_USE enum err pcsc_open(const char *reader, struct pcsc **p);

/* Forgets what the card was shown (such as a PIN), ends the transaction and
 * closes.  p may be NULL. */
void pcsc_close(struct pcsc *p);

/* One command and its whole answer, its status word included, into answer.
 * ctx is a struct pcsc.  ERR_DEVICE_GONE, ERR_DEVICE_BUSY: another program
 * reset the card. */
MUST_USE enum err pcsc_transmit(void *ctx, struct span command,
    struct out *answer);

#endif
