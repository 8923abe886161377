/* SPDX-License-Identifier: ISC */
#include "sealed_use.h"

#include <sodium.h>

#include "cli/fail.h"
#include "cli/out.h"

struct sealed_work *
sealed_use_work(void)
{
	struct sealed_work *w =
	    sodium_init() < 0 ? NULL : sodium_malloc(sizeof *w);

	if (w != NULL)
		memset(w, 0, sizeof *w);
	return w;
}

static bool
may_be_old(const struct cli *c)
{
	static const char name[] = "allow-old-copy";

	return command_option(c->command, name, sizeof name - 1) != NULL &&
	       command_is(c, name);
}

static enum err
stretch(struct sealed_use *u)
{
	const struct ui_ask ask = { UI_PASSPHRASE, u->path, -1, false };
	struct span passphrase;
	enum err e;

	TRY(u->ui->secret(u->ui, &ask, &passphrase));
	e = sealed_file_stretch(&u->store.file, passphrase, u->w->k);
	ui_secret_free(&passphrase);
	return e;
}

static enum err
respond(struct sealed_use *u)
{
	sealed_file_challenge(&u->store.file, u->w->k, u->w->challenge);
	return ykpers_respond(u->ui, u->at, u->w->challenge, u->w->response);
}

static enum err
unseal(struct sealed_use *u)
{
	uint8_t public[32];
	enum err e = sealed_file_open(&u->store.file, u->w->k, u->w->response,
	    &u->w->secret);

	/* The challenge came from the passphrase: a wrong one, another secret
	 * in the slot and an altered line look alike. */
	if (e == ERR_PASSPHRASE)
		return fail_with(e, "%s; or %s holds another secret.", u->path,
		    ykpers_name(u->at));
	if (e == OK)
		(void)crypto_sign_seed_keypair(public, u->w->sign_key,
		    u->w->secret.seed);
	return e;
}

enum err
sealed_use_begin(struct sealed_use *u, const struct ui *ui, const char *path)
{
	*u = (struct sealed_use){ .ui = ui, .path = path };
	u->store.lock = -1;
	u->w = sealed_use_work();
	if (u->w == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(sealed_store_open(&u->store, path));
	TRY(sealed_store_check_age(&u->store, may_be_old(ui->c)));
	TRY(sealed_pick_own(&u->store.file, &u->at));
	TRY(stretch(u));
	TRY(respond(u));
	return unseal(u);
}

enum err
sealed_use_renew(struct sealed_use *u)
{
	struct sealed_work *w = u->w;
	struct sealed_file *f = &u->store.file;

	TRY(sealed_file_next(f, u->store.seen));
	if (w->secret.over == 0) {
		TRY(respond(u));
	} else {
		sealed_file_challenge(f, w->k, w->challenge);
		TRY(sealed_file_answer(&w->secret, w->challenge, w->response));
	}
	TRY(sealed_file_seal(f, w->k, w->response, &w->secret));
	return sealed_store_replace(&u->store);
}

void
sealed_use_end(struct sealed_use *u)
{
	sealed_store_close(&u->store);
	sodium_free(u->w);
	u->w = NULL;
}
