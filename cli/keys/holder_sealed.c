/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "holder.h"
#include "key_folder.h"
#include "key_kind.h"
#include "recovery.h"
#include "sealed_enroll.h"
#include "sealed_use.h"

struct opened {
	const struct ui *ui;
	const char *path;
	struct sealed_file file;
};

/* A signature that was asked for and touched for is not lost because the disk
 * is full; what opened the file this time opens it the next time as well. */
static void
renew_or_say(struct sealed_use *u)
{
	enum err e;

	if (!u->store.file.renew)
		return;
	e = sealed_use_renew(u);
	if (e == OK)
		return;
	out_talk("warning: the challenge of %s was not renewed: %s %s\n",
	    u->path, err_sentence(e), fail_detail());
	fail_forget();
}

static enum err
sign_with(struct sealed_use *u, const struct opened *o,
    const uint8_t tbs[SSHSIG_TBS_SIZE], uint8_t *sig)
{
	TRY(sealed_use_begin(u, o->ui, o->path));
	if (memcmp(u->store.file.public, o->file.public, 32) != 0)
		return fail_with(ERR_KEY_FILE_BAD,
		    "%s became another key meanwhile.", o->path);
	if (crypto_sign_detached(sig, NULL, tbs, SSHSIG_TBS_SIZE,
		u->w->sign_key) != 0)
		return ERR_CRYPTO;
	renew_or_say(u);
	return OK;
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	const struct opened *o = ctx;
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct sealed_use u;
	enum err e;

	TRY(sshsig_tbs(payload, tbs));
	e = sign_with(&u, o, tbs, sig);
	sealed_use_end(&u);
	*n = crypto_sign_BYTES;
	return e;
}

static enum err
read_file(const char *path, struct sealed_file *f)
{
	struct span text;

	if (!file_is_there(path)) {
		fail_hint("`encl key generate sealed:%s` makes a key", path);
		return fail_with(ERR_KEY_MISSING, "%s", path);
	}
	TRY(key_kind_check(path, "sealed"));
	TRY(file_read_private(path, SEALED_FILE_MAX, &text));
	if (sealed_file_parse(text, f) != OK)
		return fail_with(ERR_KEY_FILE_BAD, "%s", path);
	return OK;
}

static enum err
open_sealed(const struct ui *ui, const char *path, struct signer *s,
    const char **name)
{
	struct opened *o = mem_new(sizeof *o);
	struct out blob = out_of(s->blob_buf, sizeof s->blob_buf);

	TRY(read_file(path, &o->file));
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
generate(const struct ui *ui, const char *path, const struct holder_make *make,
    struct out *blob, const char **name)
{
	return sealed_enroll(ui, path, make, NULL, blob, name);
}

static enum err
renew(const struct ui *ui, const char *path)
{
	struct sealed_use u;
	enum err e = sealed_use_begin(&u, ui, path);

	if (e == OK && command_is(ui->c, "program"))
		e = sealed_enroll_more(&u);
	if (e == OK)
		e = sealed_use_renew(&u);
	if (e == OK)
		out_talk("%s has a new challenge, epoch %llu\n", path,
		    (unsigned long long)u.store.file.epoch);
	sealed_use_end(&u);
	return e;
}

/* The recovery key opens a file of any age, with no YubiKey. */
static enum err
recover_with(const struct ui *ui, const char *path, const struct sealed_file *f,
    struct sealed_work *w, uint8_t *seed)
{
	const struct ui_ask ask = { UI_RECOVERY, path, -1, false };
	struct span text;
	enum err e;

	TRY(ui->secret(ui, &ask, &text));
	e = recovery_parse(text, w->recovery);
	ui_secret_free(&text);
	if (e == OK)
		e = sealed_file_recover(f, w->recovery, &w->secret);
	if (e == ERR_PASSPHRASE)
		return fail_with(e, "It is not the recovery key of %s.", path);
	TRY(e);
	memcpy(seed, w->secret.seed, sizeof w->secret.seed);
	return OK;
}

static enum err
recover(const struct ui *ui, const char *path, uint8_t *seed, const char **name)
{
	struct sealed_file *f = mem_new(sizeof *f);
	struct sealed_work *w;
	enum err e;

	TRY(read_file(path, f));
	w = sealed_use_work();
	if (w == NULL)
		return ERR_OUT_OF_MEMORY;
	e = recover_with(ui, path, f, w, seed);
	sodium_free(w);
	*name = f->name;
	return e;
}

struct lister {
	holder_list_fn *each;
	void *ctx;
};

static void
list_one(void *ctx, const char *path, struct span text)
{
	const struct lister *l = ctx;
	struct sealed_file *f = mem_new(sizeof *f);
	struct out blob = mem_out(KEY_BLOB_MAX);

	if (sealed_file_parse(text, f) != OK)
		return;
	key_ed25519_blob(&blob, f->public);
	l->each(l->ctx, &(struct holder_key){ mem_printf("sealed:%s", path),
			    f->name, out_span(&blob) });
}

static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	struct lister l = { each, ctx };

	key_folder_each(ui, SEALED_FILE_MAX, list_one, &l);
	return OK;
}

const struct holder holder_sealed = {
	.scheme = "sealed",
	.form = "sealed:PATH",
	.about = "an Ed25519 key in a file, sealed by a passphrase and a "
		 "YubiKey's challenge-response",
	.custody = CUSTODY_SEALED,
	.open = open_sealed,
	.generate = generate,
	.import = sealed_enroll,
	.list = list,
	.renew = renew,
	.recover = recover,
};
