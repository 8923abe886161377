/* SPDX-License-Identifier: ISC */
#include "digest.h"

#include <zlib.h>

#include <openssl/evp.h>

#include "chain/hash.h"

static bool
run_boot(void *ctx, struct span s, unsigned what)
{
	struct digest *d = ctx;

	if (!(what & DIGEST_PCR0))
		return true;
	if (!(what & DIGEST_PCR1) && !d->parted) {
		d->parted = true;
		if (EVP_MD_CTX_copy_ex(d->boot, d->image) != 1)
			return false;
	}
	if ((what & DIGEST_PCR1) && d->parted &&
	    EVP_DigestUpdate(d->boot, s.p, s.n) != 1)
		return false;
	return EVP_DigestUpdate(d->image, s.p, s.n) == 1;
}

static bool
run_app(void *ctx, struct span s, unsigned what)
{
	struct digest *d = ctx;

	return !(what & DIGEST_PCR2) || EVP_DigestUpdate(d->app, s.p, s.n) == 1;
}

static bool
run_crc(void *ctx, struct span s, unsigned what)
{
	struct digest *d = ctx;
	uint32_t *crc = &d->crc[what >> 8];

	if (what & DIGEST_INTO_CRC)
		*crc = (uint32_t)crc32_z(*crc, s.p, s.n);
	return true;
}

static bool
run_file(void *ctx, struct span s, unsigned what)
{
	struct digest *d = ctx;

	(void)what;
	return EVP_DigestUpdate(d->file, s.p, s.n) == 1;
}

void
digest_lanes(struct digest *d, struct lane lane[4])
{
	lane[0] = (struct lane){ run_boot, d };
	lane[1] = (struct lane){ run_app, d };
	lane[2] = (struct lane){ run_crc, d };
	lane[3] = (struct lane){ run_file, d };
}

static EVP_MD_CTX *
context(const char *name)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	bool good =
	    c != NULL && md != NULL && EVP_DigestInit_ex2(c, md, NULL) == 1;

	EVP_MD_free(md);
	if (good)
		return c;
	EVP_MD_CTX_free(c);
	return NULL;
}

enum err
digest_open(struct digest *d)
{
	*d = (struct digest){ .parted = false };
	d->image = context("SHA384");
	d->boot = EVP_MD_CTX_new();
	d->app = context("SHA384");
	d->file = context("SHA256");
	return d->image && d->boot && d->app && d->file ? OK : ERR_CRYPTO;
}

void
digest_close(struct digest *d)
{
	EVP_MD_CTX_free(d->image);
	EVP_MD_CTX_free(d->boot);
	EVP_MD_CTX_free(d->app);
	EVP_MD_CTX_free(d->file);
}

unsigned
digest_of(enum eif_type t, unsigned ramdisk)
{
	switch (t) {
	case EIF_KERNEL:
	case EIF_CMDLINE:
		return DIGEST_PCR0 | DIGEST_PCR1;
	case EIF_RAMDISK:
		return DIGEST_PCR0 | (ramdisk == 0 ? DIGEST_PCR1 : DIGEST_PCR2);
	case EIF_SIGNATURE:
	case EIF_METADATA:
		break;
	}
	return 0;
}

static enum err
extended(const uint8_t digest[PCR_SIZE], uint8_t pcr[PCR_SIZE])
{
	static const uint8_t zero[PCR_SIZE];
	struct span parts[] = { span_of(zero, sizeof zero),
		span_of(digest, PCR_SIZE) };

	return hash_sha384(parts, 2, pcr);
}

static enum err
finish(EVP_MD_CTX *c, uint8_t pcr[PCR_SIZE])
{
	uint8_t digest[PCR_SIZE];

	if (EVP_DigestFinal_ex(c, digest, NULL) != 1)
		return ERR_CRYPTO;
	return extended(digest, pcr);
}

enum err
digest_registers(struct digest *d, struct registers *r)
{
	TRY(finish(d->image, r->value[0]));
	if (d->parted)
		TRY(finish(d->boot, r->value[1]));
	else
		memcpy(r->value[1], r->value[0], PCR_SIZE);
	return finish(d->app, r->value[2]);
}

enum err
digest_file(struct digest *d, struct h32 *sha256)
{
	return EVP_DigestFinal_ex(d->file, sha256->b, NULL) == 1 ? OK
								 : ERR_CRYPTO;
}

enum err
digest_register(struct span s, uint8_t pcr[PCR_SIZE])
{
	uint8_t digest[PCR_SIZE];

	TRY(hash_sha384(&s, 1, digest));
	return extended(digest, pcr);
}
