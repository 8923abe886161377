/* SPDX-License-Identifier: ISC */
#include "piv_session.h"

#include "cli/fail.h"
#include "cli/mem.h"

void
piv_session_close(struct piv_session *s)
{
	pcsc_close(s->pcsc);
	piv_card_end(&s->card);
	s->pcsc = NULL;
}

const char *
piv_session_name(const struct piv_session *s, uint8_t slot)
{
	if (!s->card.has_serial)
		return mem_printf("YubiKey, slot %02x", slot);
	return mem_printf("YubiKey %u, slot %02x", (unsigned)s->card.serial,
	    slot);
}

static enum err
open_reader(const char *reader, struct piv_session *s)
{
	enum err e;

	memset(s, 0, sizeof *s);
	TRY(pcsc_open(reader, &s->pcsc));
	s->card.transmit = pcsc_transmit;
	s->card.ctx = s->pcsc;
	e = piv_card_begin(&s->card);
	if (e == OK)
		e = piv_card_select(&s->card);
	if (e != OK)
		piv_session_close(s);
	return e;
}

/* A reader that is empty or holds something else is passed over; one that is
 * in use counts where it may hold a YubiKey. */
static bool
passed_over(enum err e, const char *reader)
{
	bool yubikey = strstr(reader, "Yubi") != NULL;

	return e == ERR_DEVICE_MISSING || (e == ERR_DEVICE_REFUSED) ||
	       (!yubikey && (e == ERR_DEVICE_BUSY || e == ERR_DEVICE_GONE));
}

enum err
piv_session_each(piv_session_fn *each, void *ctx)
{
	const char *reader[PCSC_READERS];
	enum err kept = OK;
	size_t n;

	TRY(pcsc_readers(reader, &n));
	for (size_t i = 0; i < n; i++) {
		struct piv_session s;
		enum err e = open_reader(reader[i], &s);

		if (e == OK) {
			bool more = each(ctx, &s);

			piv_session_close(&s);
			if (!more)
				return OK;
		} else if (passed_over(e, reader[i])) {
			fail_forget();
		} else if (kept == OK) {
			kept = e;
		}
	}
	return kept;
}

/* What is looked for, and what was found. */
struct search {
	const struct piv_ref *ref;
	struct piv_session *found;
	size_t n;
	const char *serials;
};

/* The first that fits is kept: s is emptied, so that its caller closes
 * nothing. */
static bool
look(void *ctx, struct piv_session *s)
{
	struct search *q = ctx;

	if (q->ref->has_serial &&
	    (!s->card.has_serial || s->card.serial != q->ref->serial))
		return true;
	q->serials = mem_printf("%s%spiv:serial=%u;slot=%02x", q->serials,
	    q->n > 0 ? ", " : "", (unsigned)s->card.serial, q->ref->slot);
	if (q->n++ > 0)
		return true;
	*q->found = *s;
	memset(s, 0, sizeof *s);
	return !q->ref->has_serial;
}

static enum err
missing(const struct piv_ref *r)
{
	if (r->has_serial)
		return fail_with(ERR_DEVICE_MISSING,
		    "YubiKey %u is not plugged in.", (unsigned)r->serial);
	return fail_with(ERR_DEVICE_MISSING, "No YubiKey is plugged in.");
}

enum err
piv_session_open(const struct piv_ref *r, struct piv_session *s)
{
	struct search q = { .ref = r, .found = s, .serials = "" };
	enum err e;

	memset(s, 0, sizeof *s);
	e = piv_session_each(look, &q);
	if (q.n == 0)
		return e != OK ? e : missing(r);
	if (q.n > 1)
		return fail_with(ERR_KEY_AMBIGUOUS, "Name one: %s.", q.serials);
	/* One that is in use elsewhere may be the one that was meant. */
	if (e != OK && !r->has_serial)
		return e;
	fail_forget();
	return OK;
}
