/* SPDX-License-Identifier: ISC */
#include <sodium.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "holder.h"
#include "key_file.h"
#include "passphrase.h"

/* Argon2id at libsodium's "moderate": about half a second and 256 MiB. */
#define OPS 3
#define MEM (UINT64_C(256) << 20)

struct opened {
	const struct cli *c;
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
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct span passphrase;
	enum err e;

	TRY(sshsig_tbs(payload, tbs));
	TRY(passphrase_get(o->c, o->path, false, &passphrase));
	e = sign_with(&o->file, passphrase, tbs, sig);
	passphrase_free(&passphrase);
	*n = crypto_sign_BYTES;
	if (e == ERR_PASSPHRASE)
		return fail_with(e, "%s", o->path);
	return e;
}

static enum err
open_file(const struct cli *c, const char *path, struct signer *s,
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
	o->c = c;
	o->path = path;
	key_ed25519_blob(&blob, o->file.public);
	s->blob = out_span(&blob);
	s->ctx = o;
	s->sign = sign;
	*name = o->file.name;
	return OK;
}

static enum err
name_of(const struct cli *c, const char *path, char name[65])
{
	const char *slash = strrchr(path, '/');
	const char *n = command_value(c, "name");

	if (n == NULL)
		n = slash != NULL ? slash + 1 : path;
	if (strlen(n) < 1 || strlen(n) > 64)
		return fail_with(ERR_USAGE,
		    "The name of a key has 1 to 64 characters.");
	memcpy(name, n, strlen(n) + 1);
	return OK;
}

static enum err
generate(const struct cli *c, const char *path, struct out *blob,
    const char **name)
{
	struct key_file *k = mem_new(sizeof *k);
	struct out o = mem_out(KEY_FILE_MAX);
	struct span passphrase;
	enum err e;

	/* Before a passphrase is asked: the create below refuses it anyway. */
	if (file_is_there(path))
		return fail_with(ERR_FILE_EXISTS, "%s", path);
	TRY(name_of(c, path, k->name));
	k->ops = OPS;
	k->mem = MEM;
	TRY(passphrase_get(c, path, true, &passphrase));
	e = key_file_make(k, passphrase);
	passphrase_free(&passphrase);
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

const struct holder holder_file = { "file", open_file, generate };
