/* SPDX-License-Identifier: ISC */
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/cbor.h"
#include "system/folder.h"
#include "system/secret.h"

#define FILE_NAME "signer"
#define TAG "encl/signer-folder/1"
#define CONTEXT "encl-sgn"
#define PASSPHRASE_MAX 1024
#define OPS 3
#define MEMORY ((size_t)256 << 20)
#define CHECK 32

enum { SUB_SEAL = 1, SUB_JOURNAL, SUB_CHECK };

/* What the folder says of its secret. */
struct about {
	uint8_t salt[crypto_pwhash_SALTBYTES];
	uint64_t ops, memory; /* of Argon2id; 0: the secret is no passphrase */
	uint8_t check[CHECK];
};

static void
secret_free(uint8_t **p)
{
	sodium_free(*p);
}
#define SECRET_AUTO __attribute__((cleanup(secret_free))) uint8_t *

enum err
master_keygen(const char *file)
{
	SECRET_AUTO secret = sodium_malloc(MASTER_KEY);

	if (secret == NULL)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(secret, MASTER_KEY);
	return folder_new_file(AT_FDCWD, file, span_of(secret, MASTER_KEY));
}

/* Exactly MASTER_KEY bytes. */
static enum err
read_secret(const struct master_source *s, uint8_t *secret)
{
	SECRET_AUTO room = sodium_malloc(MASTER_KEY + 1);
	size_t n;

	if (room == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(s->credential
		? secret_credential(s->credential, room, MASTER_KEY + 1, &n)
		: secret_file(s->file, room, MASTER_KEY + 1, &n));
	if (n != MASTER_KEY)
		return ERR_KEY_FILE_BAD;
	memcpy(secret, room, MASTER_KEY);
	return OK;
}

/* A line, or all there is.  Read bytewise: what follows is somebody else's. */
static enum err
read_passphrase(int fd, uint8_t *text, size_t *n)
{
	for (*n = 0; *n < PASSPHRASE_MAX;) {
		ssize_t r = read(fd, text + *n, 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ERR_PASSPHRASE_MISSING;
		if (r == 0 || text[*n] == '\n')
			return *n ? OK : ERR_PASSPHRASE_MISSING;
		(*n)++;
	}
	return ERR_PASSPHRASE_MISSING;
}

static enum err
stretch(int fd, const struct about *a, uint8_t *secret)
{
	SECRET_AUTO text = sodium_malloc(PASSPHRASE_MAX);
	size_t n;

	if (text == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(read_passphrase(fd, text, &n));
	return crypto_pwhash(secret, MASTER_KEY, (const char *)text, n, a->salt,
		   a->ops, (size_t)a->memory, crypto_pwhash_ALG_ARGON2ID13) == 0
		   ? OK
		   : ERR_OUT_OF_MEMORY;
}

static enum err
obtain(const struct master_source *s, const struct about *a, uint8_t *secret)
{
	if ((a->ops != 0) != (s->passphrase_fd >= 0))
		return ERR_PASSPHRASE;
	if (s->passphrase_fd >= 0)
		return stretch(s->passphrase_fd, a, secret);
	return read_secret(s, secret);
}

static void
derive(const uint8_t *secret, unsigned which, uint8_t *key)
{
	(void)crypto_kdf_derive_from_key(key, MASTER_KEY, which, CONTEXT,
	    secret);
}

enum err
master_init(int folder, const struct master_source *s)
{
	struct about a = { .ops = s->passphrase_fd >= 0 ? OPS : 0,
		.memory = s->passphrase_fd >= 0 ? MEMORY : 0 };
	uint8_t buf[256];
	struct out o = out_of(buf, sizeof buf);
	SECRET_AUTO secret = sodium_malloc(MASTER_KEY);

	if (secret == NULL)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(a.salt, sizeof a.salt);
	TRY(obtain(s, &a, secret));
	derive(secret, SUB_CHECK, a.check);
	cbor_put_array(&o, 5);
	cbor_put_key(&o, TAG);
	cbor_put_bytes(&o, span_of(a.salt, sizeof a.salt));
	cbor_put_uint(&o, a.ops);
	cbor_put_uint(&o, a.memory);
	cbor_put_bytes(&o, span_of(a.check, sizeof a.check));
	return folder_new_file(folder, FILE_NAME, out_span(&o));
}

static enum err
about_decode(struct span s, struct about *a)
{
	struct cbor c = cbor_of(s);
	struct span tag, salt, check;
	size_t n;

	TRY(cbor_array(&c, 5, 5, &n));
	TRY(cbor_line(&c, 1, 64, &tag));
	if (!span_is(tag, TAG))
		return ERR_ENTRY_VERSION;
	TRY(cbor_bytes(&c, sizeof a->salt, sizeof a->salt, &salt));
	TRY(cbor_uint(&c, &a->ops));
	TRY(cbor_uint(&c, &a->memory));
	TRY(cbor_bytes(&c, CHECK, CHECK, &check));
	cbor_close(&c);
	TRY(cbor_end(&c));
	if (a->ops > 64 || a->memory > (UINT64_C(4) << 30))
		return ERR_CBOR_RANGE;
	memcpy(a->salt, salt.p, salt.n);
	memcpy(a->check, check.p, check.n);
	return OK;
}

enum err
master_open(int folder, const struct master_source *s, struct master **m)
{
	struct about a;
	uint8_t buf[256], check[CHECK];
	struct span file;
	struct master *new;
	SECRET_AUTO secret = sodium_malloc(MASTER_KEY);

	*m = NULL;
	if (secret == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(folder_read(folder, FILE_NAME, buf, sizeof buf, &file));
	if (about_decode(file, &a) != OK)
		return ERR_KEY_FILE_BAD;
	TRY(obtain(s, &a, secret));
	derive(secret, SUB_CHECK, check);
	if (sodium_memcmp(check, a.check, CHECK) != 0)
		return ERR_PASSPHRASE;
	new = sodium_malloc(sizeof *new);
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	derive(secret, SUB_SEAL, new->seal);
	derive(secret, SUB_JOURNAL, new->journal);
	sodium_mprotect_readonly(new);
	*m = new;
	return OK;
}

void
master_free(struct master *m)
{
	sodium_free(m);
}
