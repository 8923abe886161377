/* SPDX-License-Identifier: ISC */
#include "piv_make.h"

#include <sodium.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "piv_manage.h"
#include "piv_session.h"

/* One call.  Sessions are short: whatever a person is asked, is asked between
 * them, and the card is looked at anew. */
struct making {
	const struct ui *ui;
	struct piv_ref ref;
	enum key_type type;
	enum piv_pin pin;
	enum piv_touch touch;
	const char *what;
	struct piv_manage manage;
	int pin_left;
};

static const char *const pin_names[] = { [PIV_PIN_NEVER] = "never",
	[PIV_PIN_ONCE] = "once",
	[PIV_PIN_ALWAYS] = "always" };
static const char *const touch_names[] = { [PIV_TOUCH_NEVER] = "never",
	[PIV_TOUCH_ALWAYS] = "always",
	[PIV_TOUCH_CACHED] = "cached" };

static unsigned
named(const struct ui *ui, const char *option, const char *const *names,
    unsigned otherwise)
{
	const char *text = command_value(ui->c, option);

	for (unsigned i = 1; text != NULL && i <= 3; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return otherwise;
}

/* The card can make such a key, and what is known against it is said. */
static enum err
check_firmware(const struct making *m, const struct piv_card *c)
{
	const uint8_t *v = c->firmware;
	bool new = piv_card_is_at_least(c, 5, 7, 0);

	if (m->type == KEY_ED25519 && !new)
		return fail_with(ERR_DEVICE_REFUSED,
		    "Firmware %u.%u.%u makes no Ed25519 keys; 5.7 and later "
		    "does.",
		    v[0], v[1], v[2]);
	if (m->type != KEY_ED25519 && !new)
		out_talk("warning: whoever holds this YubiKey for a while, and "
			 "opens it, can read its ECDSA keys (firmware %u.%u.%u "
			 "is before 5.7.0; Yubico YSA-2024-03)\n",
		    v[0], v[1], v[2]);
	return OK;
}

static const char *
fingerprint(struct span blob)
{
	char *text = mem_new(51);
	struct h32 kid;

	if (hash_sha256(blob, &kid) != OK)
		return "";
	key_fingerprint(&kid, text);
	return text;
}

/* What is in the slot, in words; NULL: nothing. */
static enum err
look_in_slot(struct piv_session *s, uint8_t slot, const char **there)
{
	struct piv_key k;
	enum err e = piv_card_key(&s->card, slot, &k);

	*there = NULL;
	if (e == ERR_KEY_MISSING && piv_card_is_at_least(&s->card, 5, 3, 0))
		return OK;
	if (e == OK) {
		*there = mem_printf("the key %s", fingerprint(k.blob));
		return OK;
	}
	if (e == ERR_KEY_SCHEME) {
		fail_forget();
		*there = "a key of another kind";
		return OK;
	}
	if (e != ERR_KEY_MISSING)
		return e;
	*there = "perhaps a key, which this firmware does not tell";
	return OK;
}

static enum err
look(struct making *m, const char **there)
{
	struct piv_session s;
	enum err e = piv_session_open(&m->ref, &s);

	if (e == OK) {
		m->ref.has_serial = s.card.has_serial;
		m->ref.serial = s.card.serial;
		m->what = piv_session_name(&s, m->ref.slot);
		e = check_firmware(m, &s.card);
	}
	if (e == OK)
		e = look_in_slot(&s, m->ref.slot, there);
	if (e == OK)
		e = piv_manage_info(&s.card, &m->manage);
	if (e == OK && m->manage.in_card && !m->manage.is_default)
		e = piv_card_tries(&s.card, &m->pin_left);
	piv_session_close(&s);
	return e;
}

static enum err
agree(const struct making *m, const char *there)
{
	if (there == NULL ||
	    m->ui->confirm(m->ui, mem_printf("%s holds %s. Overwrite it for "
					     "ever?",
				      m->what, there)))
		return OK;
	fail_hint("another slot, or --yes to overwrite");
	return fail_with(ERR_DECLINED, "%s holds %s.", m->what, there);
}

static enum err
from_hex(const struct making *m, struct span hex,
    uint8_t key[PIV_MANAGE_KEY_MAX])
{
	if (text_unhex(hex, key, m->manage.key_size))
		return OK;
	return fail_with(ERR_MANAGEMENT_KEY,
	    "It has %zu hex digits here; nothing was tried.",
	    2 * m->manage.key_size);
}

/* The management key, from wherever it is, then the key itself: one
 * transaction.  secret: the PIN or the management key, as was asked. */
static enum err
make_with(const struct making *m, struct piv_session *s, struct span secret,
    uint8_t key[PIV_MANAGE_KEY_MAX], int *left, struct out *blob)
{
	enum err e;

	if (m->manage.is_default) {
		piv_manage_default(&m->manage, key);
	} else if (m->manage.in_card) {
		TRY(piv_card_pin(&s->card, secret, left));
		TRY(piv_manage_kept(&s->card, &m->manage, key));
	} else {
		TRY(from_hex(m, secret, key));
	}
	if (m->manage.touch)
		m->ui->touch(m->ui, m->what, true);
	e = piv_manage_auth(&s->card, &m->manage, key);
	if (m->manage.touch)
		m->ui->touch(m->ui, m->what, false);
	TRY(e);
	return piv_manage_generate(&s->card, m->ref.slot, m->type, m->pin,
	    m->touch, blob);
}

static enum err
make_once(const struct making *m, struct span secret, int *left,
    struct out *blob)
{
	uint8_t *key;
	struct piv_session s;
	enum err e = piv_session_open(&m->ref, &s);

	key = sodium_init() < 0 ? NULL : sodium_malloc(PIV_MANAGE_KEY_MAX);
	if (e == OK && key == NULL)
		e = ERR_OUT_OF_MEMORY;
	if (e == OK)
		e = make_with(m, &s, secret, key, left, blob);
	sodium_free(key);
	piv_session_close(&s);
	return e;
}

static enum err
say(const struct making *m, enum err e, int left)
{
	if (e == ERR_PIN)
		return fail_with(e, "%s: %d %s left.", m->what, left,
		    left == 1 ? "try is" : "tries are");
	/* The card does not tell a wrong key from a touch that it missed. */
	if (e == ERR_MANAGEMENT_KEY && m->manage.touch)
		fail_hint("it is asked for with a touch: was there one in "
			  "time?");
	if (e == ERR_PIN_BLOCKED || e == ERR_MANAGEMENT_KEY || e == ERR_TOUCH)
		return fail_with(e, "%s", m->what);
	return e;
}

static enum err
make_asking(const struct making *m, struct out *blob)
{
	bool kept = m->manage.in_card;
	struct ui_ask ask = { .kind = kept ? UI_PIN : UI_MANAGEMENT_KEY,
		.what = m->what,
		.tries_left = kept ? m->pin_left : -1 };
	struct span secret;
	enum err e;

	do {
		e = m->ui->secret(m->ui, &ask, &secret);
		if (e != OK)
			break;
		e = make_once(m, secret, &ask.tries_left, blob);
		ui_secret_free(&secret);
		ask.again = true;
	} while (e == (kept ? ERR_PIN : ERR_MANAGEMENT_KEY));
	return say(m, e, ask.tries_left);
}

enum err
piv_make_key(const struct ui *ui, const struct piv_ref *ref,
    const struct holder_make *make, struct out *blob)
{
	struct making m = { .ui = ui,
		.ref = *ref,
		.type = make->typed ? make->type : KEY_P256 };
	const char *there;
	int left = -1;

	m.pin = (enum piv_pin)named(ui, "pin-policy", pin_names, PIV_PIN_ONCE);
	m.touch = (enum piv_touch)named(ui, "touch-policy", touch_names,
	    PIV_TOUCH_ALWAYS);
	TRY(look(&m, &there));
	TRY(agree(&m, there));
	if (m.manage.is_default)
		out_talk("warning: the management key is the one of the "
			 "factory: whoever has the device can replace its "
			 "keys; `ykman piv access change-management-key` "
			 "changes it\n");
	if (!m.manage.is_default)
		TRY(make_asking(&m, blob));
	else
		TRY(say(&m, make_once(&m, span_of(NULL, 0), &left, blob), 0));
	out_talk("%s: PIN %s, touch %s\n", m.what, pin_names[m.pin],
	    touch_names[m.touch]);
	return OK;
}
