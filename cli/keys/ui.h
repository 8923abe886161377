/* SPDX-License-Identifier: ISC */
#ifndef UI_H
#define UI_H

#include "cli/command.h"

/*
 * What a holder may ask of the person who signs.  Holders never read a
 * terminal, a file descriptor or the command line for a secret themselves.
 */
enum ui_secret_kind {
	UI_PASSPHRASE,
	UI_PASSPHRASE_NEW, /* asked twice at a terminal */
	UI_PIN,
	UI_MANAGEMENT_KEY, /* hex, as people write it */
	UI_RECOVERY        /* the private recovery key, as it was printed */
};

struct ui_ask {
	enum ui_secret_kind kind;
	const char *what; /* "ops-1.key"; "YubiKey 17654321, slot 9c" */
	int tries_left;   /* as the device says; -1: it does not say */
	bool again;       /* what was answered before was wrong */
};

/*
 * A wrong PIN: ask once more with again and the tries that the device says are
 * left, until it is right or .secret refuses:
 *
 *	do {
 *		TRY(ui->secret(ui, &ask, &pin));
 *		e = verify(pin, &ask.tries_left);
 *		ui_secret_free(&pin);
 *		ask.again = true;
 *	} while (e == ERR_PIN);
 */
struct ui {
	const struct cli *c; /* options, where a holder has some of its own */
	/*
	 * A secret in guarded memory; ui_secret_free it.  Again only a person
	 * is asked: a file or a descriptor has one answer for one key, and
	 * then it is ERR_PIN, ERR_PASSPHRASE or ERR_MANAGEMENT_KEY.  A PIN's
	 * last try is a person's as well, who agrees to it first.
	 * ERR_PASSPHRASE_MISSING, ERR_SECRET_MISSING, ERR_PINENTRY, ERR_USAGE,
	 * ERR_FILE_READ, ERR_CONFIG_OPEN, ERR_DECLINED.
	 */
	enum err (*secret)(const struct ui *ui, const struct ui_ask *ask,
	    struct span *secret);
	/* Around an operation that waits for a touch: begin before it, and
	 * not begin after it, whatever came of it.  What is shown appears
	 * after 400 ms, so that a key that needs no touch asks for none.
	 * device: as ui_ask.what, and for how long the device waits, where
	 * that is known: "YubiKey 17654321, slot 9c (15 s)". */
	void (*touch)(const struct ui *ui, const char *device, bool begin);
	/* A question with y or n, before something that cannot be undone.
	 * --yes agrees where the command has it; no terminal does not. */
	bool (*confirm)(const struct ui *ui, const char *question);
};

/* The person at this command's terminal, and what its options name instead.
 * Lives as long as the command. */
const struct ui *ui_of(const struct cli *c);

void ui_secret_free(struct span *secret);

#endif
