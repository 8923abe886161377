/* SPDX-License-Identifier: ISC */
#include "sealed_enroll.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "recovery.h"
#include "sealed_seen.h"
#include "tty.h"

#define OVER_LT64 63 /* ykpers_program sets HMAC_LT64 */

struct enroll {
	const struct ui *ui;
	const char *path, *recovery_out;
	struct sealed_pick pick;
	struct sealed_file file;
	struct sealed_work *w;
};

static enum err
can_make(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir =
	    slash == NULL   ? "."
	    : slash == path ? "/"
			    : mem_string(span_of(path, (size_t)(slash - path)));

	if (file_is_there(path))
		return fail_with(ERR_FILE_EXISTS, "%s", path);
	if (access(dir, W_OK | X_OK) != 0)
		return fail_with(ERR_FILE_WRITE, "%s: %s", path,
		    strerror(errno));
	return OK;
}

/* All that can be refused before somebody is asked or something written. */
static enum err
look_first(struct enroll *n, const struct holder_make *make)
{
	const struct cli *c = n->ui->c;

	if (make->typed && make->type != KEY_ED25519)
		return fail_with(ERR_USAGE, "A sealed key is ssh-ed25519.");
	TRY(can_make(n->path));
	n->recovery_out = command_value(c, "recovery-out");
	if (n->recovery_out != NULL)
		TRY(can_make(n->recovery_out));
	if (n->recovery_out == NULL && !tty_there())
		return fail_with(ERR_USAGE,
		    "There is no terminal to show the recovery key at: "
		    "--recovery-out FILE.");
	TRY(key_text_name(make->name, n->path, n->file.name));
	return sealed_pick_named(c, 0, &n->pick);
}

/* Asked for only where --access-code says that there is one. */
static enum err
access_code(const struct ui *ui, struct ykpers_at at, uint8_t *code,
    bool *given)
{
	const struct ui_ask ask = { UI_MANAGEMENT_KEY,
		mem_printf("%s (its access code)", ykpers_name(at)), -1,
		false };
	struct span text;
	size_t n;
	bool good;

	*given = command_is(ui->c, "access-code");
	if (!*given)
		return OK;
	TRY(ui->secret(ui, &ask, &text));
	good = sodium_hex2bin(code, YKPERS_ACCESS, (const char *)text.p, text.n,
		   " -", &n, NULL) == 0 &&
	       n == YKPERS_ACCESS;
	ui_secret_free(&text);
	if (good)
		return OK;
	return fail_with(ERR_USAGE, "An access code has 12 hex digits.");
}

/* Writes w->secret.slot into each. */
static enum err
program(const struct ui *ui, const struct sealed_pick *p, struct sealed_work *w)
{
	bool given;

	if (!ui->confirm(ui,
		mem_printf("This writes a new secret into slot %u of YubiKey "
			   "%s. %s Go on?",
		    p->at[0].slot, sealed_pick_list(p),
		    p->used ? "What the slot holds now is lost for ever."
			    : "The slot is empty now.")))
		return ERR_DECLINED;
	TRY(access_code(ui, p->at[0], w->access, &given));
	for (size_t i = 0; i < p->n; i++) {
		TRY(ykpers_program(p->at[i], w->secret.slot,
		    given ? w->access : NULL));
		out_talk("programmed %s\n", ykpers_name(p->at[i]));
	}
	return OK;
}

/* A slot that any program can ask whenever it likes seals nothing. */
static enum err
want_touch(const struct sealed_pick *p)
{
	for (size_t i = 0; i < p->n; i++) {
		bool touch;

		TRY(ykpers_probe(p->at[i], &touch));
		if (!touch)
			return fail_with(ERR_TOUCH_OFF, "%s.",
			    ykpers_name(p->at[i]));
	}
	return OK;
}

/* A key that did not tell its number does so when it is programmed. */
static enum err
want_serials(struct sealed_pick *p)
{
	struct ykpers_key key[YKPERS_KEYS];
	size_t n;

	if (p->at[0].serial != 0)
		return OK;
	TRY(ykpers_list(key, &n));
	if (n == 1 && key[0].serial != 0) {
		p->at[0].serial = key[0].serial;
		return OK;
	}
	fail_hint("--program writes the slot so that it does");
	return fail_with(ERR_DEVICE_REFUSED,
	    "The YubiKey does not tell its serial number.");
}

/* Every key answers w->challenge, the same; the answer is in w->response. */
static enum err
ask_all(const struct ui *ui, const struct sealed_pick *p, struct sealed_work *w,
    bool known)
{
	for (size_t i = 0; i < p->n; i++) {
		memcpy(w->first, w->response, sizeof w->first);
		TRY(ykpers_respond(ui, p->at[i], w->challenge, w->response));
		if ((known || i > 0) &&
		    sodium_memcmp(w->first, w->response, sizeof w->first) != 0)
			return fail_with(ERR_DEVICE_REFUSED,
			    "%s holds another secret.", ykpers_name(p->at[i]));
	}
	return OK;
}

static enum err
passphrase(struct enroll *n)
{
	const struct ui_ask ask = { UI_PASSPHRASE_NEW, n->path, -1, false };
	struct span p;
	enum err e;

	key_text_new_kdf(&n->file.kdf);
	TRY(n->ui->secret(n->ui, &ask, &p));
	e = sealed_file_stretch(&n->file, p, n->w->k);
	ui_secret_free(&p);
	return e;
}

/* The key itself, its nonce, and the key that recovers it. */
static enum err
make_key(struct enroll *n, const uint8_t *seed)
{
	struct sealed_work *w = n->w;
	uint64_t seen;

	if (seed != NULL)
		memcpy(w->secret.seed, seed, sizeof w->secret.seed);
	else
		randombytes_buf(w->secret.seed, sizeof w->secret.seed);
	(void)crypto_sign_seed_keypair(n->file.public, w->sign_key,
	    w->secret.seed);
	randombytes_buf(w->recovery, sizeof w->recovery);
	(void)crypto_scalarmult_base(n->file.recovery, w->recovery);
	/* A key that was recovered here is newer than what it came from. */
	TRY(sealed_seen_get(n->file.public, &seen));
	return sealed_file_next(&n->file, seen);
}

static enum err
ask_keys(struct enroll *n)
{
	bool write = command_is(n->ui->c, "program");
	struct sealed_work *w = n->w;

	if (write) {
		randombytes_buf(w->secret.slot, sizeof w->secret.slot);
		w->secret.over = OVER_LT64;
		TRY(program(n->ui, &n->pick, w));
	}
	TRY(want_serials(&n->pick));
	TRY(want_touch(&n->pick));
	n->file.slot = n->pick.at[0].slot;
	for (size_t i = 0; i < n->pick.n; i++)
		n->file.serial[n->file.serial_n++] = n->pick.at[i].serial;
	sealed_file_challenge(&n->file, w->k, w->challenge);
	if (write)
		TRY(sealed_file_answer(&w->secret, w->challenge, w->response));
	TRY(ask_all(n->ui, &n->pick, w, write));
	return sealed_file_seal(&n->file, w->k, w->response, &w->secret);
}

/* write, not printf: that would leave a copy in its buffer. */
static enum err
show_recovery(const char *path, const char *text, size_t n)
{
	int tty = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	const char *why = mem_printf("\nThe recovery key of %s. Write it down "
				     "and keep it offline: it opens the\nkey "
				     "without passphrase and YubiKey, and is "
				     "not shown again.\n\n  ",
	    out_name(path));
	bool shown =
	    tty >= 0 && write(tty, why, strlen(why)) == (ssize_t)strlen(why) &&
	    write(tty, text, n) == (ssize_t)n && write(tty, "\n", 1) == 1;

	if (tty >= 0)
		(void)close(tty);
	return shown ? OK
		     : fail_with(ERR_FILE_WRITE,
			   "The recovery key could not be shown.");
}

/* First the recovery key: a sealed key without one can be lost. */
static enum err
write_files(struct enroll *n)
{
	struct out o = mem_out(SEALED_FILE_MAX);
	char *text = sodium_malloc(RECOVERY_TEXT);
	struct out r = out_of(text, RECOVERY_TEXT);
	const char *to = n->recovery_out;
	enum err e;

	if (text == NULL)
		return ERR_OUT_OF_MEMORY;
	recovery_render(&r, n->w->recovery);
	sealed_file_render(&o, &n->file);
	e = to != NULL ? file_create(to, out_span(&r), 0600)
		       : show_recovery(n->path, text, r.n);
	sodium_free(text);
	TRY(e);
	e = file_create(n->path, out_span(&o), 0600);
	if (e == OK)
		return OK;
	if (to != NULL)
		(void)unlink(to);
	return e;
}

static enum err
enroll(struct enroll *n, const struct holder_make *make, const uint8_t *seed)
{
	TRY(look_first(n, make));
	TRY(make_key(n, seed));
	TRY(passphrase(n));
	TRY(ask_keys(n));
	TRY(write_files(n));
	sealed_seen_note(n->file.public, n->file.epoch);
	return OK;
}

enum err
sealed_enroll(const struct ui *ui, const char *path,
    const struct holder_make *make, const uint8_t *seed, struct out *blob,
    const char **name)
{
	struct enroll *n = mem_new(sizeof *n);
	enum err e;

	n->ui = ui;
	n->path = path;
	n->w = sealed_use_work();
	if (n->w == NULL)
		return ERR_OUT_OF_MEMORY;
	e = enroll(n, make, seed);
	sodium_free(n->w);
	TRY(e);
	key_ed25519_blob(blob, n->file.public);
	*name = n->file.name;
	return OK;
}

static void
insert(struct sealed_file *f, uint32_t serial)
{
	size_t i = f->serial_n;

	for (size_t k = 0; k < f->serial_n; k++)
		if (f->serial[k] == serial)
			return;
	for (; i > 0 && f->serial[i - 1] > serial; i--)
		f->serial[i] = f->serial[i - 1];
	f->serial[i] = serial;
	f->serial_n++;
}

enum err
sealed_enroll_more(struct sealed_use *u)
{
	struct sealed_file *f = &u->store.file;
	struct sealed_pick p;

	if (u->w->secret.over != OVER_LT64)
		return fail_with(ERR_USAGE,
		    "The secret of the slot of %s is not known here.", u->path);
	TRY(sealed_pick_named(u->ui->c, f->slot, &p));
	if (p.n + f->serial_n > SEALED_FILE_SERIALS)
		return fail_with(ERR_USAGE, "A sealed key has %d YubiKeys.",
		    SEALED_FILE_SERIALS);
	TRY(program(u->ui, &p, u->w));
	TRY(want_serials(&p));
	TRY(want_touch(&p));
	TRY(ask_all(u->ui, &p, u->w, true));
	for (size_t i = 0; i < p.n; i++)
		insert(f, p.at[i].serial);
	return OK;
}
