/* SPDX-License-Identifier: ISC */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <openssl/evp.h>

#include "chain/hash.h"
#include "lane.h"

const unsigned measure_index[MEASURE_PCRS] = { 0, 1, 2, 8 };

/* What a piece of the file goes into, the file's own digest apart. */
enum into {
	INTO_PCR0 = 1 << 0,
	INTO_PCR1 = 1 << 1,
	INTO_PCR2 = 1 << 2,
	INTO_CRC = 1 << 3
};

/* PCR0 and PCR1 begin with the same bytes, up to the second ramdisk: one
 * digest until there, and a copy of it that goes its own way after. */
struct boot {
	EVP_MD_CTX *image, *boot;
	bool parted;
};

struct work {
	struct measure *m;
	int fd;
	struct lanes *lanes;
	struct boot boot;
	EVP_MD_CTX *app, *file;
	uint32_t crc;
};

static bool
run_boot(void *ctx, struct span s, unsigned what)
{
	struct boot *b = ctx;

	if (!(what & INTO_PCR0))
		return true;
	if (!(what & INTO_PCR1) && !b->parted) {
		b->parted = true;
		if (EVP_MD_CTX_copy_ex(b->boot, b->image) != 1)
			return false;
	}
	if ((what & INTO_PCR1) && b->parted &&
	    EVP_DigestUpdate(b->boot, s.p, s.n) != 1)
		return false;
	return EVP_DigestUpdate(b->image, s.p, s.n) == 1;
}

static bool
run_app(void *ctx, struct span s, unsigned what)
{
	EVP_MD_CTX *app = ctx;

	return !(what & INTO_PCR2) || EVP_DigestUpdate(app, s.p, s.n) == 1;
}

static bool
run_crc(void *ctx, struct span s, unsigned what)
{
	uint32_t *crc = ctx;

	if (what & INTO_CRC)
		*crc = (uint32_t)crc32_z(*crc, s.p, s.n);
	return true;
}

static bool
run_file(void *ctx, struct span s, unsigned what)
{
	EVP_MD_CTX *file = ctx;

	(void)what;
	return EVP_DigestUpdate(file, s.p, s.n) == 1;
}

/* Up to max bytes, fewer only at the end of the file. */
static enum err
read_up_to(int fd, uint8_t *p, size_t max, size_t *n)
{
	for (*n = 0; *n < max;) {
		ssize_t r = read(fd, p + *n, max - *n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ERR_FILE_READ;
		if (r == 0)
			break;
		*n += (size_t)r;
	}
	return OK;
}

/* Reads exactly n bytes, at most a buffer, and shows them to the lanes. */
static enum err
take(struct work *w, size_t n, unsigned what, uint8_t **bytes)
{
	uint8_t *p = lane_buffer(w->lanes);
	size_t got;

	TRY(read_up_to(w->fd, p, n, &got));
	if (got < n)
		return ERR_EIF_TRUNCATED;
	*bytes = p;
	lane_give(w->lanes, n, what);
	return OK;
}

static enum err
read_header(struct work *w)
{
	uint8_t h[EIF_HEADER], *p = lane_buffer(w->lanes);
	size_t n;

	TRY(read_up_to(w->fd, h, sizeof h, &n));
	if (n < 4 || memcmp(h, ".eif", 4) != 0)
		return n < 4 ? ERR_EIF_TRUNCATED : ERR_EIF_MAGIC;
	if (n < sizeof h)
		return ERR_EIF_TRUNCATED;
	/* The checksum is over all but itself. */
	memcpy(p, h, EIF_HEADER_CRC);
	lane_give(w->lanes, EIF_HEADER_CRC, INTO_CRC);
	p = lane_buffer(w->lanes);
	memcpy(p, h + EIF_HEADER_CRC, sizeof h - EIF_HEADER_CRC);
	lane_give(w->lanes, sizeof h - EIF_HEADER_CRC, 0);
	return eif_begin(&w->m->eif, h);
}

static unsigned
goes_into(const struct eif *e, enum eif_type t)
{
	switch (t) {
	case EIF_KERNEL:
	case EIF_CMDLINE:
		return INTO_CRC | INTO_PCR0 | INTO_PCR1;
	case EIF_RAMDISK:
		return INTO_CRC | INTO_PCR0 |
		       (e->ramdisks == 1 ? INTO_PCR1 : INTO_PCR2);
	case EIF_SIGNATURE:
	case EIF_METADATA:
		break;
	}
	return INTO_CRC;
}

/* Where the bytes of a small section are kept, or NULL. */
static uint8_t *
kept(struct measure *m, enum eif_type t, size_t **n)
{
	switch (t) {
	case EIF_CMDLINE:
		*n = &m->cmdline_n;
		return m->cmdline;
	case EIF_SIGNATURE:
		*n = &m->signature_n;
		return m->section;
	case EIF_METADATA:
		*n = &m->metadata_n;
		return m->metadata;
	case EIF_KERNEL:
	case EIF_RAMDISK:
		break;
	}
	return NULL;
}

static enum err
read_section(struct work *w)
{
	struct eif *e = &w->m->eif;
	const struct eif_section *s;
	uint8_t *p, *keep;
	size_t *keep_n = NULL;
	unsigned what;

	TRY(take(w, EIF_SECTION_HEAD, INTO_CRC, &p));
	TRY(eif_next(e, p));
	s = &e->section[e->n - 1];
	what = goes_into(e, s->type);
	keep = kept(w->m, s->type, &keep_n);
	for (uint64_t left = s->size; left > 0;) {
		size_t n = left < LANE_SLOT ? (size_t)left : LANE_SLOT;

		TRY(take(w, n, what, &p));
		if (keep != NULL) {
			memcpy(keep + *keep_n, p, n);
			*keep_n += n;
		}
		left -= n;
	}
	return OK;
}

static enum err
read_all(struct work *w)
{
	struct eif *e = &w->m->eif;
	uint8_t behind[EIF_SECTION_HEAD];
	size_t n;

	TRY(read_header(w));
	while (e->n < e->sections)
		TRY(read_section(w));
	TRY(read_up_to(w->fd, behind, sizeof behind, &n));
	TRY(eif_end(e, span_of(behind, n)));
	return memchr(w->m->cmdline, 0, w->m->cmdline_n) != NULL
		   ? ERR_EIF_CMDLINE_BAD
		   : OK;
}

enum err
measure_register(const uint8_t digest[MEASURE_SIZE], uint8_t pcr[MEASURE_SIZE])
{
	static const uint8_t zero[MEASURE_SIZE];
	struct span parts[] = { span_of(zero, sizeof zero),
		span_of(digest, MEASURE_SIZE) };

	return hash_sha384(parts, 2, pcr);
}

static enum err
finish(EVP_MD_CTX *c, uint8_t pcr[MEASURE_SIZE])
{
	uint8_t digest[MEASURE_SIZE];

	if (EVP_DigestFinal_ex(c, digest, NULL) != 1)
		return ERR_CRYPTO;
	return measure_register(digest, pcr);
}

static enum err
judge(struct work *w)
{
	struct measure *m = w->m;
	struct boot *b = &w->boot;
	struct span cert;
	uint8_t digest[MEASURE_SIZE];

	if (w->crc != m->eif.crc)
		return ERR_EIF_CRC;
	TRY(finish(b->parted ? b->boot : b->image, m->pcr[1]));
	if (b->parted)
		TRY(finish(b->image, m->pcr[0]));
	else
		memcpy(m->pcr[0], m->pcr[1], sizeof m->pcr[0]);
	TRY(finish(w->app, m->pcr[2]));
	if (m->has_sha256 &&
	    EVP_DigestFinal_ex(w->file, m->sha256.b, NULL) != 1)
		return ERR_CRYPTO;
	for (unsigned i = 0; i < m->eif.n; i++)
		m->is_signed |= m->eif.section[i].type == EIF_SIGNATURE;
	if (!m->is_signed)
		return OK;
	TRY(signature_verify(span_of(m->section, m->signature_n), m->pcr[0],
	    &m->signature));
	cert = span_of(m->signature.cert, m->signature.cert_n);
	TRY(hash_sha384(&cert, 1, digest));
	return measure_register(digest, m->pcr[3]);
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

static enum err
run(struct work *w, unsigned flags)
{
	struct lane lane[LANE_MAX] = { { run_boot, &w->boot },
		{ run_app, w->app }, { run_crc, &w->crc },
		{ run_file, w->file } };
	size_t n = flags & MEASURE_SHA256 ? 4 : 3;
	enum err e, end;

	TRY(lane_open(&w->lanes, lane, n, !(flags & MEASURE_ONE_THREAD)));
	(void)posix_fadvise(w->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	e = read_all(w);
	end = lane_close(w->lanes);
	TRY(e);
	TRY(end);
	return judge(w);
}

enum err
measure_fd(int fd, unsigned flags, struct measure *m)
{
	struct work w = { .m = m, .fd = fd };
	enum err e = ERR_CRYPTO;

	memset(m, 0, sizeof *m);
	m->has_sha256 = flags & MEASURE_SHA256;
	w.boot.image = context("SHA384");
	w.boot.boot = EVP_MD_CTX_new();
	w.app = context("SHA384");
	w.file = context("SHA256");
	if (w.boot.image && w.boot.boot && w.app && w.file)
		e = run(&w, flags);
	EVP_MD_CTX_free(w.boot.image);
	EVP_MD_CTX_free(w.boot.boot);
	EVP_MD_CTX_free(w.app);
	EVP_MD_CTX_free(w.file);
	return e;
}
