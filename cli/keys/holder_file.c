/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <sodium.h>
#include <stdlib.h>

#include "cli/conf.h"
#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "holder.h"
#include "key_file.h"

/* Argon2id at libsodium's "moderate": about half a second and 256 MiB. */
#define OPS 3
#define MEM (UINT64_C(256) << 20)

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
	const struct ui_ask ask = { UI_PASSPHRASE, o->path, -1, false };
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct span passphrase;
	enum err e;

	TRY(sshsig_tbs(payload, tbs));
	TRY(o->ui->secret(o->ui, &ask, &passphrase));
	e = sign_with(&o->file, passphrase, tbs, sig);
	ui_secret_free(&passphrase);
	*n = crypto_sign_BYTES;
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

static enum err
name_of(const char *n, const char *path, char name[65])
{
	const char *slash = strrchr(path, '/');

	if (n == NULL)
		n = slash != NULL ? slash + 1 : path;
	if (strlen(n) < 1 || strlen(n) > 64)
		return fail_with(ERR_USAGE,
		    "The name of a key has 1 to 64 characters.");
	memcpy(name, n, strlen(n) + 1);
	return OK;
}

static enum err
generate(const struct ui *ui, const char *path, const struct holder_make *make,
    struct out *blob, const char **name)
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
	TRY(name_of(make->name, path, k->name));
	k->ops = OPS;
	k->mem = MEM;
	TRY(ui->secret(ui, &ask, &passphrase));
	e = key_file_make(k, passphrase);
	ui_secret_free(&passphrase);
	if (e == ERR_TEXT_BAD)
		return fail_with(ERR_USAGE,
		    "The name of a key is printable ASCII.");
	TRY(e);
	key_file_render(&o, k);
	TRY(file_create(path, out_span(&o), 0600));
	key_ed25519_blob(blob, k->public);
	*name = k->name;
	return OK;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool
read_listed(const char *path, struct key_file *f)
{
	struct span text;

	if (file_read(path, KEY_FILE_MAX, &text) == OK &&
	    key_file_parse(text, f) == OK)
		return true;
	fail_forget();
	return false;
}

/* The key files of a folder; other files are passed over. */
static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	const char *dir = command_arg(ui->c, 0);
	struct dirent **entry;
	int n;

	if (dir == NULL)
		dir = conf_path("keys");
	n = scandir(dir, &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/%s", dir, entry[i]->d_name);
		struct out blob = mem_out(KEY_BLOB_MAX);
		struct key_file *f = mem_new(sizeof *f);

		free(entry[i]);
		if (!read_listed(path, f))
			continue;
		key_ed25519_blob(&blob, f->public);
		each(ctx, &(struct holder_key){ mem_printf("file:%s", path),
			      f->name, out_span(&blob) });
	}
	if (n >= 0)
		free(entry);
	return OK;
}

const struct holder holder_file = {
	.scheme = "file",
	.form = "file:PATH",
	.about = "an Ed25519 key in a file, under a passphrase",
	.custody = CUSTODY_FILE,
	.open = open_file,
	.generate = generate,
	.list = list,
};
