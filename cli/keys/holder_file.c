/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "holder.h"
#include "key_file.h"
#include "key_folder.h"
#include "key_kind.h"

struct opened {
	const struct ui *ui;
	const char *path;
	struct key_file file;
};

static enum err
sign_with(const struct key_file *k, struct span passphrase,
    const uint8_t tbs[SSHSIG_TBS_SIZE], uint8_t *sig)
{
	uint8_t *secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	enum err e;

	if (secret == NULL)
		return ERR_OUT_OF_MEMORY;
	e = key_file_unlock(k, passphrase, secret);
	if (e == OK &&
	    crypto_sign_detached(sig, NULL, tbs, SSHSIG_TBS_SIZE, secret) != 0)
		e = ERR_CRYPTO;
	sodium_free(secret);
	return e;
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	const struct opened *o = ctx;
	struct ui_ask ask = { UI_PASSPHRASE, o->path, -1, false };
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct span passphrase;
	enum err e;

	*n = crypto_sign_BYTES;
	TRY(sshsig_tbs(payload, tbs));
	do {
		e = o->ui->secret(o->ui, &ask, &passphrase);
		if (e != OK)
			break;
		e = sign_with(&o->file, passphrase, tbs, sig);
		ui_secret_free(&passphrase);
		ask.again = true;
	} while (e == ERR_PASSPHRASE);
	if (e == ERR_PASSPHRASE)
		return fail_with(e, "%s", o->path);
	return e;
}

static enum err
open_file(const struct ui *ui, const char *path, struct signer *s,
    const char **name)
{
	struct opened *o = mem_new(sizeof *o);
	struct out blob = out_of(s->blob_buf, sizeof s->blob_buf);
	struct span text;

	if (!file_is_there(path)) {
		fail_hint("`encl key generate %s` makes a key", path);
		return fail_with(ERR_KEY_MISSING, "%s", path);
	}
	TRY(key_kind_check(path, "file"));
	TRY(file_read_private(path, KEY_FILE_MAX, &text));
	if (key_file_parse(text, &o->file) != OK)
		return fail_with(ERR_KEY_FILE_BAD, "%s", path);
	o->ui = ui;
	o->path = path;
	key_ed25519_blob(&blob, o->file.public);
	s->blob = out_span(&blob);
	s->ctx = o;
	s->sign = sign;
	*name = o->file.name;
	return OK;
}

/* seed NULL: a new key. */
static enum err
put(const struct ui *ui, const char *path, const struct holder_make *make,
    const uint8_t *seed, struct out *blob, const char **name)
{
	struct key_file *k = mem_new(sizeof *k);
	struct out o = mem_out(KEY_FILE_MAX);
	const struct ui_ask ask = { UI_PASSPHRASE_NEW, path, -1, false };
	struct span passphrase;
	enum err e;

	if (make->typed && make->type != KEY_ED25519)
		return fail_with(ERR_USAGE, "A key file holds ssh-ed25519.");
	/* Before a passphrase is asked: the create below refuses it anyway. */
	if (file_is_there(path))
		return fail_with(ERR_FILE_EXISTS, "%s", path);
	TRY(key_text_name(make->name, path, k->name));
	key_text_new_kdf(&k->kdf);
	TRY(ui->secret(ui, &ask, &passphrase));
	e = key_file_make(k, passphrase, seed);
	ui_secret_free(&passphrase);
	TRY(e);
	key_file_render(&o, k);
	TRY(file_create(path, out_span(&o), 0600));
	key_ed25519_blob(blob, k->public);
	*name = k->name;
	return OK;
}

static enum err
generate(const struct ui *ui, const char *path, const struct holder_make *make,
    struct out *blob, const char **name)
{
	return put(ui, path, make, NULL, blob, name);
}

struct lister {
	holder_list_fn *each;
	void *ctx;
};

/* Other files of the folder are passed over. */
static void
list_one(void *ctx, const char *path, struct span text)
{
	const struct lister *l = ctx;
	struct key_file *f = mem_new(sizeof *f);
	struct out blob = mem_out(KEY_BLOB_MAX);

	if (key_file_parse(text, f) != OK)
		return;
	key_ed25519_blob(&blob, f->public);
	l->each(l->ctx, &(struct holder_key){ mem_printf("file:%s", path),
			    f->name, out_span(&blob) });
}

static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	struct lister l = { each, ctx };

	key_folder_each(ui, KEY_FILE_MAX, list_one, &l);
	return OK;
}

const struct holder holder_file = {
	.scheme = "file",
	.form = "file:PATH",
	.about = "an Ed25519 key in a file, under a passphrase",
	.custody = CUSTODY_FILE,
	.open = open_file,
	.generate = generate,
	.import = put,
	.list = list,
};
