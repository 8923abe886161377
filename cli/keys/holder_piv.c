/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "chain/evidence.h"
#include "chain/hash.h"
#include "chain/pem.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "holder.h"
#include "piv_make.h"
#include "piv_session.h"

#define WAITS "15 s" /* of the device, for a touch */

struct opened {
	const struct ui *ui;
	struct piv_ref ref; /* with the serial number, where it has one */
	struct piv_key key;
	const char *what; /* for people */
};

/* What the public key is called.  Names of keys stand in chains, so it says
 * nothing of the device's number, which names a person's. */
static const char *
name_of(uint8_t slot, struct span blob)
{
	struct h32 kid;

	if (hash_sha256(blob, &kid) != OK)
		return "yubikey";
	return mem_printf("yubikey-%02x-%s", slot, mem_hex(span_of(kid.b, 3)));
}

static enum err
empty(const struct piv_session *s, uint8_t slot)
{
	fail_hint("`encl key list` shows the keys, `encl key generate` makes "
		  "one");
	return fail_with(ERR_KEY_MISSING, "%s is empty.",
	    piv_session_name(s, slot));
}

static enum err
read_key(struct piv_session *s, uint8_t slot, struct piv_key *k)
{
	enum err e = piv_card_key(&s->card, slot, k);

	return e == ERR_KEY_MISSING ? empty(s, slot) : e;
}

/* Nothing is asked of a card that has another key by now. */
static enum err
open_again(const struct opened *o, struct piv_session *s)
{
	struct piv_key now;

	TRY(piv_session_open(&o->ref, s));
	TRY(read_key(s, o->ref.slot, &now));
	return span_eq(now.blob, o->key.blob)
		   ? OK
		   : fail_with(ERR_DEVICE_GONE,
			 "%s has another key than a moment ago.", o->what);
}

static enum err
say_pin(const struct opened *o, enum err e, int left)
{
	if (e == ERR_PIN_BLOCKED)
		return fail_with(e, "%s", o->what);
	if (e == ERR_PIN)
		return fail_with(e, "%s: %d %s left.", o->what, left,
		    left == 1 ? "try is" : "tries are");
	return e;
}

/* 6982 stands for many things; the PIN was right or is not asked for. */
static enum err
not_satisfied(const struct opened *o)
{
	if (o->key.touch != PIV_TOUCH_NEVER)
		return fail_with(ERR_TOUCH, "%s", o->what);
	return fail_with(ERR_DEVICE_REFUSED, "%s does not sign as it is.",
	    o->what);
}

static enum err
sign_touched(const struct opened *o, struct piv_session *s, struct span tbs,
    uint8_t *sig, size_t *n)
{
	bool touch = o->key.touch != PIV_TOUCH_NEVER;
	enum err e;

	if (touch)
		o->ui->touch(o->ui, mem_printf("%s (" WAITS ")", o->what),
		    true);
	e = piv_card_sign(&s->card, o->ref.slot, &o->key, tbs, sig, n);
	if (touch)
		o->ui->touch(o->ui, o->what, false);
	return e == ERR_TOUCH ? not_satisfied(o) : e;
}

/* One transaction: PIN, touch, signature.  pin NULL: none is asked for. */
static enum err
sign_once(const struct opened *o, const struct span *pin, struct span tbs,
    uint8_t *sig, size_t *n, int *left)
{
	struct piv_session s;
	enum err e = open_again(o, &s);

	if (e == OK && pin != NULL)
		e = piv_card_pin(&s.card, *pin, left);
	if (e == OK)
		e = sign_touched(o, &s, tbs, sig, n);
	piv_session_close(&s);
	return e;
}

static enum err
tries(const struct opened *o, int *left)
{
	struct piv_session s;
	enum err e = open_again(o, &s);

	if (e == OK)
		e = piv_card_tries(&s.card, left);
	piv_session_close(&s);
	return say_pin(o, e, 0);
}

/* The PIN is asked outside a transaction: others may use the card while a
 * person types. */
static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	const struct opened *o = ctx;
	struct ui_ask ask = { .kind = UI_PIN, .what = o->what };
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct span pin, all = span_of(tbs, sizeof tbs);
	enum err e;

	TRY(sshsig_tbs(payload, tbs));
	if (o->key.pin == PIV_PIN_NEVER)
		return sign_once(o, NULL, all, sig, n, &ask.tries_left);
	TRY(tries(o, &ask.tries_left));
	do {
		e = o->ui->secret(o->ui, &ask, &pin);
		if (e != OK)
			break;
		e = sign_once(o, &pin, all, sig, n, &ask.tries_left);
		ui_secret_free(&pin);
		ask.again = true;
	} while (e == ERR_PIN);
	return say_pin(o, e, ask.tries_left);
}

static enum err
open_key(const struct ui *ui, const char *rest, struct signer *s,
    const char **name)
{
	struct opened *o = mem_new(sizeof *o);
	struct piv_session session;
	enum err e;

	TRY(piv_ref_parse(rest, &o->ref));
	e = piv_session_open(&o->ref, &session);
	if (e == OK)
		e = read_key(&session, o->ref.slot, &o->key);
	if (e == OK) {
		o->ref.has_serial = session.card.has_serial;
		o->ref.serial = session.card.serial;
		o->what = piv_session_name(&session, o->ref.slot);
	}
	piv_session_close(&session);
	TRY(e);
	o->ui = ui;
	memcpy(s->blob_buf, o->key.blob.p, o->key.blob.n);
	s->blob = span_of(s->blob_buf, o->key.blob.n);
	s->ctx = o;
	s->sign = sign;
	*name = name_of(o->ref.slot, s->blob);
	return OK;
}

struct listing {
	holder_list_fn *each;
	void *ctx;
	enum err gone; /* of a card that went meanwhile */
};

static bool
list_card(void *ctx, struct piv_session *s)
{
	struct listing *l = ctx;

	for (size_t i = 0; i < PIV_SLOTS; i++) {
		struct piv_ref ref = { s->card.has_serial, s->card.serial,
			piv_ref_slot(i) };
		struct piv_key *k = mem_new(sizeof *k);
		enum err e = piv_card_key(&s->card, ref.slot, k);

		if (e == ERR_DEVICE_GONE || e == ERR_DEVICE_BUSY) {
			l->gone = e;
			return true;
		}
		if (e == OK)
			l->each(l->ctx,
			    &(struct holder_key){ piv_ref_text(&ref),
				name_of(ref.slot, k->blob), k->blob });
		else
			fail_forget();
	}
	return true;
}

/* Without the library or its service there are no cards, which is no error. */
static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	struct listing l = { each, ctx, OK };
	enum err e = piv_session_each(list_card, &l);

	(void)ui;
	if (e == ERR_KEY_LIBRARY || e == ERR_DEVICE_MISSING) {
		fail_forget();
		return OK;
	}
	return e != OK ? e : l.gone;
}

static enum err
generate(const struct ui *ui, const char *rest, const struct holder_make *make,
    struct out *blob, const char **name)
{
	struct piv_ref ref;

	TRY(piv_ref_parse(rest, &ref));
	TRY(piv_make_key(ui, &ref, make, blob));
	*name =
	    make->name != NULL ? make->name : name_of(ref.slot, out_span(blob));
	return OK;
}

static enum err
attest(const struct ui *ui, const char *rest, struct out *bundle)
{
	struct out leaf = mem_out(PIV_CARD_ANSWER);
	struct out device = mem_out(PIV_CARD_ANSWER);
	struct piv_session s;
	struct piv_ref ref;
	struct piv_key k;
	enum err e;

	(void)ui;
	TRY(piv_ref_parse(rest, &ref));
	e = piv_session_open(&ref, &s);
	if (e == OK)
		e = read_key(&s, ref.slot, &k);
	if (e == OK)
		e = piv_card_attest(&s.card, ref.slot, &leaf, &device);
	piv_session_close(&s);
	TRY(e);
	pem_put(bundle, out_span(&leaf));
	pem_put(bundle, out_span(&device));
	return bundle->full ? ERR_NO_SPACE : OK;
}

const struct holder holder_piv = {
	.scheme = "piv",
	.form = "piv:serial=N;slot=SLOT",
	.about = "a key that signs inside a YubiKey, in a PIV slot (9c unless "
		 "named)",
	.custody = CUSTODY_DEVICE,
	.open = open_key,
	.generate = generate,
	.list = list,
	.attest = attest,
};
