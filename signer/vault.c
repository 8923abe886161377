/* SPDX-License-Identifier: ISC */
#include "vault.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/cbor.h"
#include "chain/hash.h"
#include "chain/text.h"
#include "system/folder.h"

#define TAG "encl/signer-key/1"
#define FOLDER "keys"
#define ENDING ".key"
#define BUCKETS 4096
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define MAC crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SECRET crypto_sign_SECRETKEYBYTES
#define BOUND_MAX 256
#define KEY_FILE_MAX 512

_Static_assert(VAULT_SEALED == NONCE + SECRET + MAC, "nonce, secret, tag");
_Static_assert(MASTER_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "");

struct vault {
	int folder; /* of the keys */
	const struct master *master;
	uint8_t *secret; /* guarded; zero but while a key is used */
	size_t n;
	struct vault_key *bucket[BUCKETS];
};

/* What a sealed key is bound to, and what its file is named after. */
static void
bound_to(struct out *o, uint64_t org, struct span name, struct span blob)
{
	cbor_put_array(o, 4);
	cbor_put_key(o, TAG);
	cbor_put_uint(o, org);
	cbor_put_text(o, name);
	cbor_put_bytes(o, blob);
}

static enum err
seal(struct vault *v, struct vault_key *k)
{
	uint8_t bound[BOUND_MAX];
	struct out o = out_of(bound, sizeof bound);

	bound_to(&o, k->org, span_str(k->name), span_of(k->blob, VAULT_BLOB));
	randombytes_buf(k->sealed, NONCE);
	return !o.full && crypto_aead_xchacha20poly1305_ietf_encrypt(k->sealed +
									 NONCE,
			      NULL, v->secret, SECRET, o.p, o.n, NULL,
			      k->sealed, v->master->seal) == 0
		   ? OK
		   : ERR_CRYPTO;
}

/* Into v->secret. */
static enum err
unseal(struct vault *v, const struct vault_key *k)
{
	uint8_t bound[BOUND_MAX];
	struct out o = out_of(bound, sizeof bound);

	bound_to(&o, k->org, span_str(k->name), span_of(k->blob, VAULT_BLOB));
	return !o.full && crypto_aead_xchacha20poly1305_ietf_decrypt(v->secret,
			      NULL, NULL, k->sealed + NONCE, SECRET + MAC, o.p,
			      o.n, k->sealed, v->master->seal) == 0
		   ? OK
		   : ERR_SEALED;
}

static void
forget(struct vault *v)
{
	sodium_memzero(v->secret, SECRET);
}

static enum err
place_of(uint64_t org, struct span name, struct h32 *h)
{
	uint8_t bound[BOUND_MAX];
	struct out o = out_of(bound, sizeof bound);

	bound_to(&o, org, name, span_of(NULL, 0));
	return o.full ? ERR_NO_SPACE : hash_sha256(out_span(&o), h);
}

static struct vault_key **
bucket_of(struct vault *v, const struct h32 *h)
{
	return &v->bucket[(unsigned)(h->b[0] | h->b[1] << 8) % BUCKETS];
}

struct vault_key *
vault_find(struct vault *v, uint64_t org, struct span name)
{
	struct vault_key *k;
	struct h32 h;

	if (place_of(org, name, &h) != OK)
		return NULL;
	for (k = *bucket_of(v, &h); k; k = k->same)
		if (k->org == org && span_is(name, k->name))
			return k;
	return NULL;
}

size_t
vault_count(const struct vault *v)
{
	return v->n;
}

void
vault_each(const struct vault *v,
    void (*call)(void *ctx, const struct vault_key *k), void *ctx)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct vault_key *k = v->bucket[i]; k; k = k->same)
			call(ctx, k);
}

static enum err
keep(struct vault *v, struct vault_key *k)
{
	struct vault_key **at;
	struct h32 h;

	TRY(place_of(k->org, span_str(k->name), &h));
	TRY(hash_sha256(span_of(k->blob, VAULT_BLOB), &k->kid));
	at = bucket_of(v, &h);
	k->vault = v;
	k->same = *at;
	*at = k;
	v->n++;
	return OK;
}

static void
file_name(const struct h32 *h, char name[80])
{
	struct out o = out_of(name, 80);

	text_hex(&o, h32_span(h));
	memcpy(name + o.n, ENDING, sizeof ENDING);
}

static enum err
write_key(const struct vault *v, const struct vault_key *k)
{
	uint8_t buf[KEY_FILE_MAX];
	struct out o = out_of(buf, sizeof buf);
	char name[80];
	struct h32 h;

	cbor_put_array(&o, 5);
	cbor_put_key(&o, TAG);
	cbor_put_uint(&o, k->org);
	cbor_put_text(&o, span_str(k->name));
	cbor_put_bytes(&o, span_of(k->blob, VAULT_BLOB));
	cbor_put_bytes(&o, span_of(k->sealed, VAULT_SEALED));
	TRY(place_of(k->org, span_str(k->name), &h));
	file_name(&h, name);
	return folder_new_file(v->folder, name, out_span(&o));
}

static enum err
decode(struct span s, struct vault_key *k)
{
	struct cbor c = cbor_of(s);
	struct span tag, name, blob, sealed;
	enum key_type type;
	size_t n;

	TRY(cbor_array(&c, 5, 5, &n));
	TRY(cbor_line(&c, 1, 64, &tag));
	if (!span_is(tag, TAG))
		return ERR_ENTRY_VERSION;
	TRY(cbor_uint(&c, &k->org));
	TRY(cbor_line(&c, 1, sizeof k->name - 1, &name));
	TRY(cbor_bytes(&c, VAULT_BLOB, VAULT_BLOB, &blob));
	TRY(cbor_bytes(&c, VAULT_SEALED, VAULT_SEALED, &sealed));
	cbor_close(&c);
	TRY(cbor_end(&c));
	TRY(key_parse(blob, &type, NULL, NULL));
	if (type != KEY_ED25519)
		return ERR_KEY_BAD;
	memcpy(k->name, name.p, name.n);
	memcpy(k->blob, blob.p, blob.n);
	memcpy(k->sealed, sealed.p, sealed.n);
	return OK;
}

/* Under the name that it must have, and to be opened. */
static enum err
check_key(struct vault *v, const struct vault_key *k, const char *name)
{
	char want[80];
	struct h32 h;
	enum err e;

	TRY(place_of(k->org, span_str(k->name), &h));
	file_name(&h, want);
	if (strcmp(want, name) != 0)
		return ERR_KEY_FILE_BAD;
	e = unseal(v, k);
	forget(v);
	return e;
}

static enum err
read_key(struct vault *v, const char *name)
{
	uint8_t buf[KEY_FILE_MAX];
	struct vault_key *k;
	struct span file;
	enum err e;

	TRY(folder_read(v->folder, name, buf, sizeof buf, &file));
	k = calloc(1, sizeof *k);
	if (k == NULL)
		return ERR_OUT_OF_MEMORY;
	e = decode(file, k) == OK ? check_key(v, k, name) : ERR_KEY_FILE_BAD;
	if (e == OK)
		e = keep(v, k);
	if (e != OK)
		free(k);
	return e;
}

static bool
is_key_file(const char *name)
{
	size_t n = strlen(name), end = strlen(ENDING);

	return n > end && strcmp(name + n - end, ENDING) == 0;
}

static enum err
read_all(struct vault *v, char what[128])
{
	int fd = openat(v->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	enum err e = OK;

	if (d == NULL)
		return ERR_FILE_READ;
	while (e == OK && (entry = readdir(d)) != NULL) {
		if (!is_key_file(entry->d_name))
			continue;
		e = read_key(v, entry->d_name);
		if (e != OK)
			(void)snprintf(what, 128, FOLDER "/%.100s",
			    entry->d_name);
	}
	(void)closedir(d);
	return e;
}

enum err
vault_open(int folder, const struct master *m, struct vault **v, char what[128])
{
	struct vault *new = calloc(1, sizeof *new);
	enum err e;

	*v = NULL;
	(void)snprintf(what, 128, FOLDER);
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->master = m;
	new->secret = sodium_malloc(SECRET);
	(void)mkdirat(folder, FOLDER, 0700);
	new->folder = openat(folder, FOLDER,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (new->secret == NULL)
		e = ERR_OUT_OF_MEMORY;
	else
		e = new->folder < 0 || fsync(folder) != 0 ? ERR_FILE_READ
							  : read_all(new, what);
	if (e != OK) {
		vault_close(new);
		return e;
	}
	*v = new;
	return OK;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (v->bucket[i]) {
			struct vault_key *k = v->bucket[i];

			v->bucket[i] = k->same;
			free(k);
		}
	}
	if (v->folder >= 0)
		close(v->folder);
	sodium_free(v->secret);
	free(v);
}

static enum err
make(struct vault *v, struct vault_key *k)
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	struct out o = out_of(k->blob, VAULT_BLOB);
	enum err e;

	if (crypto_sign_keypair(public, v->secret) != 0)
		return ERR_CRYPTO;
	key_ed25519_blob(&o, public);
	e = o.full ? ERR_INTERNAL : seal(v, k);
	forget(v);
	TRY(e);
	TRY(write_key(v, k));
	return keep(v, k);
}

enum err
vault_new(struct vault *v, uint64_t org, struct span name, struct vault_key **k)
{
	struct vault_key *new;
	enum err e;

	*k = vault_find(v, org, name);
	if (*k)
		return OK;
	if (name.n >= sizeof new->name)
		return ERR_TEXT_BAD;
	new = calloc(1, sizeof *new);
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->org = org;
	memcpy(new->name, name.p, name.n);
	e = make(v, new);
	if (e != OK) {
		free(new);
		return e;
	}
	*k = new;
	return OK;
}

enum err
vault_sign(struct vault_key *k, struct span bytes, uint8_t sig[64])
{
	enum err e = unseal(k->vault, k);

	if (e == OK && crypto_sign_detached(sig, NULL, bytes.p, bytes.n,
			   k->vault->secret) != 0)
		e = ERR_CRYPTO;
	forget(k->vault);
	return e;
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	uint8_t tbs[SSHSIG_TBS_SIZE];

	TRY(sshsig_tbs(payload, tbs));
	*n = crypto_sign_BYTES;
	return vault_sign(ctx, span_of(tbs, sizeof tbs), sig);
}

static void
nothing(void *ctx)
{
	(void)ctx;
}

void
vault_signer(struct vault_key *k, struct signer *s)
{
	*s = (struct signer){ .ctx = k, .sign = sign, .close = nothing };
	memcpy(s->blob_buf, k->blob, VAULT_BLOB);
	s->blob = span_of(s->blob_buf, VAULT_BLOB);
}
