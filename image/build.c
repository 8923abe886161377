/* SPDX-License-Identifier: ISC */
#include "build.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include "signature.h"

#define EIF_VERSION_MADE 4
#define GZIP_LEVEL 6
#define GZIP_WINDOW (15 + 16) /* with a gzip header */
#define GZIP_OS_UNKNOWN 255

/* The image on its way: bytes collect in a buffer of the lanes, which write
 * it to the file and into digests. */
struct maker {
	const struct build *b;
	struct build_result *r;
	int fd, why; /* why: errno of the writing thread */
	struct digest digest;
	struct lanes *lanes;
	uint8_t *p; /* the buffer, n bytes of it filled; or NULL */
	size_t n;
	unsigned what;
	z_stream z;
};

static bool
run_write(void *ctx, struct span s, unsigned what)
{
	struct maker *k = ctx;

	(void)what;
	while (s.n > 0) {
		ssize_t w = write(k->fd, s.p, s.n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0) {
			k->why = errno;
			return false;
		}
		s = span_of(s.p + w, s.n - (size_t)w);
	}
	return true;
}

static struct eif_section *
section(struct maker *k)
{
	return &k->r->eif.section[k->r->eif.n - 1];
}

static void
flush(struct maker *k)
{
	if (k->n > 0)
		lane_give(k->lanes, k->n, k->what);
	k->p = NULL;
	k->n = 0;
}

/* Room in the buffer, at least a byte. */
static size_t
room(struct maker *k)
{
	if (k->n == LANE_SLOT)
		flush(k);
	if (k->p == NULL)
		k->p = lane_buffer(k->lanes);
	return LANE_SLOT - k->n;
}

static enum err
put(void *ctx, struct span s)
{
	struct maker *k = ctx;

	section(k)->size += s.n;
	while (s.n > 0) {
		size_t n = room(k);

		if (n > s.n)
			n = s.n;
		memcpy(k->p + k->n, s.p, n);
		k->n += n;
		s = span_of(s.p + n, s.n - n);
	}
	return OK;
}

static enum err
put_file(void *ctx, int fd, uint64_t at, uint64_t left)
{
	struct maker *k = ctx;

	section(k)->size += left;
	while (left > 0) {
		size_t n = room(k);
		ssize_t got;

		if (n > left)
			n = (size_t)left;
		got = pread(fd, k->p + k->n, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_FILE_READ;
		k->n += (size_t)got;
		at += (uint64_t)got;
		left -= (uint64_t)got;
	}
	return OK;
}

/* Compresses what is at z.next_in into the section. */
static enum err
squeeze(struct maker *k, int how)
{
	int got = Z_OK;

	do {
		size_t n = room(k), made;

		k->z.next_out = k->p + k->n;
		k->z.avail_out = (uInt)n;
		got = deflate(&k->z, how);
		if (got == Z_STREAM_ERROR)
			return ERR_INTERNAL;
		made = n - k->z.avail_out;
		k->n += made;
		section(k)->size += made;
	} while (k->z.avail_out == 0);
	return OK;
}

static enum err
put_squeezed(void *ctx, struct span s)
{
	struct maker *k = ctx;

	k->z.next_in = (z_const Bytef *)(uintptr_t)s.p;
	k->z.avail_in = (uInt)s.n;
	return s.n > 0 ? squeeze(k, Z_NO_FLUSH) : OK;
}

static enum err
put_file_squeezed(void *ctx, int fd, uint64_t at, uint64_t left)
{
	uint8_t b[65536];

	while (left > 0) {
		size_t n = left < sizeof b ? (size_t)left : sizeof b;
		ssize_t got = pread(fd, b, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_FILE_READ;
		TRY(put_squeezed(ctx, span_of(b, (size_t)got)));
		at += (uint64_t)got;
		left -= (uint64_t)got;
	}
	return OK;
}

/* Begins the next section; its head is written over when its size is known. */
static void
begin(struct maker *k, enum eif_type t)
{
	static const uint8_t head[EIF_SECTION_HEAD];
	struct eif *e = &k->r->eif;
	struct eif_section *s;

	flush(k);
	memcpy(lane_buffer(k->lanes), head, sizeof head);
	lane_give(k->lanes, sizeof head, 0);
	e->position += EIF_SECTION_HEAD;
	s = &e->section[e->n++];
	*s = (struct eif_section){ t, e->position, 0 };
	k->what = DIGEST_CRC(e->n - 1) | digest_of(t, e->ramdisks);
	e->ramdisks += t == EIF_RAMDISK;
}

static void
end(struct maker *k)
{
	flush(k);
	k->r->eif.position += section(k)->size;
}

static enum err
whole_file(struct maker *k, enum eif_type t, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_FILE_READ;
	if (st.st_size == 0)
		return ERR_EIF_SECTION_EMPTY;
	begin(k, t);
	TRY(put_file(k, fd, 0, (uint64_t)st.st_size));
	end(k);
	return OK;
}

static enum err
bytes(struct maker *k, enum eif_type t, struct span s)
{
	begin(k, t);
	TRY(put(k, s));
	end(k);
	return OK;
}

static enum err
squeezed_tree(struct maker *k)
{
	struct cpio_sink to = { put_squeezed, put_file_squeezed, k };
	gz_header h = { .os = GZIP_OS_UNKNOWN };
	enum err e;

	if (deflateInit2(&k->z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return ERR_OUT_OF_MEMORY;
	(void)deflateSetHeader(&k->z, &h);
	e = cpio_write(k->b->tree, &k->b->cpio, &to);
	k->z.avail_in = 0;
	if (e == OK)
		e = squeeze(k, Z_FINISH);
	(void)deflateEnd(&k->z);
	return e;
}

/* Loaders put the ramdisks behind one another, and the kernel finds the next
 * archive at a multiple of 4 only; it passes over zeros before. */
static enum err
application(struct maker *k)
{
	static const uint8_t zeros[4];
	struct cpio_sink to = { put, put_file, k };
	size_t before = (size_t)(-section(k)->size & 3);

	begin(k, EIF_RAMDISK);
	TRY(put(k, span_of(zeros, before)));
	if (k->b->gzip)
		TRY(squeezed_tree(k));
	else
		TRY(cpio_write(k->b->tree, &k->b->cpio, &to));
	end(k);
	return OK;
}

static enum err
sections(struct maker *k)
{
	const struct build *b = k->b;

	if (b->cmdline.n > EIF_CMDLINE_MAX ||
	    (b->cmdline.n > 0 && memchr(b->cmdline.p, 0, b->cmdline.n) != NULL))
		return ERR_EIF_CMDLINE_BAD;
	if (b->metadata.n > EIF_METADATA_MAX)
		return ERR_EIF_METADATA_LARGE;
	memset(lane_buffer(k->lanes), 0, EIF_HEADER);
	lane_give(k->lanes, EIF_HEADER, 0);
	k->r->eif.position = EIF_HEADER;
	TRY(whole_file(k, EIF_KERNEL, b->kernel));
	TRY(bytes(k, EIF_CMDLINE, b->cmdline));
	TRY(bytes(k, EIF_METADATA, b->metadata));
	TRY(whole_file(k, EIF_RAMDISK, b->boot));
	return application(k);
}

static bool
write_at(int fd, const void *p, size_t n, uint64_t at)
{
	return pwrite(fd, p, n, (off_t)at) == (ssize_t)n;
}

/* Behind the rest, outside the lanes, which have made PCR0 by then. */
static enum err
add_signature(struct maker *k)
{
	struct build_result *r = k->r;
	struct eif *e = &r->eif;
	uint8_t *pcr0 = r->registers.value[0];
	static uint8_t buf[EIF_SIGNATURE_MAX];
	static struct signature s;
	struct out o = out_of(buf, sizeof buf);

	if (k->b->key.n == 0)
		return OK;
	TRY(signature_make(k->b->key, k->b->cert, pcr0, &o));
	TRY(signature_verify(out_span(&o), pcr0, &s));
	TRY(digest_register(span_of(s.cert, s.cert_n), r->registers.value[3]));
	r->registers.is_signed = true;
	e->position += EIF_SECTION_HEAD;
	e->section[e->n] =
	    (struct eif_section){ EIF_SIGNATURE, e->position, o.n };
	k->digest.crc[e->n] = (uint32_t)crc32_z(0, buf, o.n);
	e->n++;
	if (!write_at(k->fd, buf, o.n, e->position))
		return ERR_FILE_WRITE;
	e->position += o.n;
	return OK;
}

static enum err
write_heads(struct maker *k)
{
	struct eif *e = &k->r->eif;
	uint8_t h[EIF_HEADER], head[EIF_SECTION_HEAD];
	uLong crc;

	e->sections = e->n;
	eif_header(e, h);
	crc = crc32_z(0, h, EIF_HEADER_CRC);
	for (unsigned i = 0; i < e->n; i++) {
		const struct eif_section *s = &e->section[i];

		eif_section_head(s, head);
		if (!write_at(k->fd, head, sizeof head,
			s->offset - sizeof head))
			return ERR_FILE_WRITE;
		crc = crc32_z(crc, head, sizeof head);
		crc = crc32_combine(crc, k->digest.crc[i], (z_off_t)s->size);
	}
	e->crc = (uint32_t)crc;
	for (unsigned i = 0; i < 4; i++)
		h[EIF_HEADER_CRC + i] = (uint8_t)(crc >> (24 - 8 * i));
	return write_at(k->fd, h, sizeof h, 0) ? OK : ERR_FILE_WRITE;
}

static enum err
make(struct maker *k)
{
	struct lane lane[LANE_MAX];
	enum err e, done;

	digest_lanes(&k->digest, lane);
	lane[3] = (struct lane){ run_write, k };
	TRY(lane_open(&k->lanes, lane, LANE_MAX, true));
	e = sections(k);
	done = lane_close(k->lanes);
	TRY(e);
	if (done != OK) {
		errno = k->why;
		return k->why != 0 ? ERR_FILE_WRITE : done;
	}
	TRY(digest_registers(&k->digest, &k->r->registers));
	TRY(add_signature(k));
	return write_heads(k);
}

enum err
build_image(int fd, const struct build *b, struct build_result *r)
{
	struct maker k = { .b = b, .r = r, .fd = fd };
	enum err e;

	memset(r, 0, sizeof *r);
	r->eif.version = EIF_VERSION_MADE;
	r->eif.arm64 = b->arm64;
	r->eif.memory = b->memory;
	r->eif.cpus = b->cpus;
	e = digest_open(&k.digest);
	if (e == OK)
		e = make(&k);
	digest_close(&k.digest);
	return e;
}
