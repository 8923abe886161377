/* SPDX-License-Identifier: ISC */
#include "signers.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEED crypto_sign_SEEDBYTES
#define BOUND_MAX 256

_Static_assert(SIGNERS_SEALED == NONCE + SEED + TAG, "nonce, seed, tag");
_Static_assert(SIGNERS_MASTER == crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    "");

struct signers {
	uint8_t *master; /* sodium_malloc */
};

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define FD_AUTO __attribute__((cleanup(fd_close))) int

static void
secret_free(uint8_t **p)
{
	sodium_free(*p);
}
#define SECRET_AUTO __attribute__((cleanup(secret_free))) uint8_t *

static enum err
master_read(const char *file, uint8_t *master)
{
	FD_AUTO fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	uint8_t one;

	if (fd < 0 || fstat(fd, &st) != 0)
		return ERR_FILE_READ;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
		return ERR_CONFIG_OPEN;
	if (st.st_size != SIGNERS_MASTER ||
	    read(fd, master, SIGNERS_MASTER) != SIGNERS_MASTER ||
	    read(fd, &one, 1) != 0)
		return ERR_KEY_FILE_BAD;
	return OK;
}

enum err
signers_make(const char *file, struct signers **s)
{
	struct signers *new;
	enum err e;

	*s = NULL;
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	new = calloc(1, sizeof *new);
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->master = sodium_malloc(SIGNERS_MASTER);
	e = new->master ? master_read(file, new->master) : ERR_OUT_OF_MEMORY;
	if (e != OK) {
		signers_free(new);
		return e;
	}
	sodium_mprotect_readonly(new->master);
	*s = new;
	return OK;
}

void
signers_free(struct signers *s)
{
	if (s == NULL)
		return;
	sodium_free(s->master);
	free(s);
}

/* The name in its folder must survive a crash as well as the bytes. */
static bool
folder_flush(const char *file)
{
	const char *slash = strrchr(file, '/');
	char folder[4096];
	size_t n = slash ? (size_t)(slash - file) + 1 : 2;

	if (n >= sizeof folder)
		return false;
	memcpy(folder, slash ? file : "./", n);
	folder[n] = '\0';

	FD_AUTO fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

enum err
signers_keygen(const char *file)
{
	FD_AUTO fd = -1;

	if (sodium_init() < 0)
		return ERR_CRYPTO;

	SECRET_AUTO master = sodium_malloc(SIGNERS_MASTER);

	if (master == NULL)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(master, SIGNERS_MASTER);
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? ERR_FILE_EXISTS : ERR_FILE_WRITE;
	if (write(fd, master, SIGNERS_MASTER) == SIGNERS_MASTER &&
	    fsync(fd) == 0 && folder_flush(file))
		return OK;
	unlink(file);
	return ERR_FILE_WRITE;
}

/* What a sealed key is bound to: nobody can move it to another name. */
static enum err
bound_to(struct out *o, struct signers_name of, struct span blob)
{
	char text[128];
	int n = snprintf(text, sizeof text, "encl/sealed/1 %lld %s ",
	    (long long)of.org, of.name);

	if (n < 0 || (size_t)n >= sizeof text)
		return ERR_NO_SPACE;
	out_put(o, text, (size_t)n);
	out_put(o, blob.p, blob.n);
	return o->full ? ERR_NO_SPACE : OK;
}

static enum err
seal(const struct signers *s, struct signers_name of, struct span blob,
    const uint8_t *seed, uint8_t sealed[SIGNERS_SEALED])
{
	uint8_t bound[BOUND_MAX];
	struct out o = out_of(bound, sizeof bound);

	TRY(bound_to(&o, of, blob));
	randombytes_buf(sealed, NONCE);
	return crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL,
		   seed, SEED, o.p, o.n, NULL, sealed, s->master) == 0
		   ? OK
		   : ERR_CRYPTO;
}

static enum err
unseal(const struct signers_key *k, uint8_t *seed)
{
	uint8_t bound[BOUND_MAX];
	struct out o = out_of(bound, sizeof bound);

	TRY(bound_to(&o, k->of, k->blob));
	if (k->sealed.n != SIGNERS_SEALED)
		return ERR_SEALED;
	return crypto_aead_xchacha20poly1305_ietf_decrypt(seed, NULL, NULL,
		   k->sealed.p + NONCE, SEED + TAG, o.p, o.n, k->sealed.p,
		   k->signers->master) == 0
		   ? OK
		   : ERR_SEALED;
}

enum err
signers_new(struct signers *s, struct signers_name of,
    uint8_t blob[SIGNERS_BLOB], uint8_t sealed[SIGNERS_SEALED])
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	struct out o = out_of(blob, SIGNERS_BLOB);

	if (s == NULL)
		return ERR_KEYS_OFF;

	SECRET_AUTO seed = sodium_malloc(SEED);
	SECRET_AUTO secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);

	if (seed == NULL || secret == NULL)
		return ERR_OUT_OF_MEMORY;
	randombytes_buf(seed, SEED);
	if (crypto_sign_seed_keypair(public, secret, seed) != 0)
		return ERR_CRYPTO;
	key_ed25519_blob(&o, public);
	return o.full ? ERR_INTERNAL : seal(s, of, out_span(&o), seed, sealed);
}

static enum err
judge(const struct signers_key *k, struct span payload)
{
	struct payload p;
	struct h32 kid;

	TRY(payload_decode(payload, &p));
	if (p.kind != k->kind)
		return ERR_AUTHORITY;
	switch (p.kind) {
	case KIND_GENESIS:
		TRY(hash_sha256(k->blob, &kid));
		return policy_key_index(&p.u.genesis.policy.control, &kid) >= 0
			   ? OK
			   : ERR_AUTHORITY;
	case KIND_STAGE:
		return h32_eq(&p.u.stage.chain, &k->chain) ? OK : ERR_AUTHORITY;
	case KIND_REVOKE:
		return h32_eq(&p.u.revoke.chain, &k->chain) ? OK
							    : ERR_AUTHORITY;
	case KIND_ENDORSE: /* a server did not rebuild anything */
	case KIND_RECEIPT:
		break;
	}
	return ERR_AUTHORITY;
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	const struct signers_key *k = ctx;
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	uint8_t tbs[SSHSIG_TBS_SIZE];

	TRY(judge(k, payload));
	TRY(sshsig_tbs(payload, tbs));

	SECRET_AUTO seed = sodium_malloc(SEED);
	SECRET_AUTO secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);

	if (seed == NULL || secret == NULL)
		return ERR_OUT_OF_MEMORY;
	TRY(unseal(k, seed));
	if (crypto_sign_seed_keypair(public, secret, seed) != 0 ||
	    crypto_sign_detached(sig, NULL, tbs, sizeof tbs, secret) != 0)
		return ERR_CRYPTO;
	*n = crypto_sign_BYTES;
	return OK;
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

enum err
signers_signer(struct signers_key *k, struct signer *s)
{
	if (k->signers == NULL)
		return ERR_KEYS_OFF;
	if (k->blob.n > sizeof s->blob_buf)
		return ERR_KEY_BAD;
	*s = (struct signer){ .ctx = k, .sign = sign, .close = nothing };
	memcpy(s->blob_buf, k->blob.p, k->blob.n);
	s->blob = span_of(s->blob_buf, k->blob.n);
	return OK;
}
