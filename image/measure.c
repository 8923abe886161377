/* SPDX-License-Identifier: ISC */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "digest.h"

struct work {
	struct measure *m;
	int fd;
	struct lanes *lanes;
	struct digest digest;
};

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
	lane_give(w->lanes, EIF_HEADER_CRC, DIGEST_CRC(0));
	p = lane_buffer(w->lanes);
	memcpy(p, h + EIF_HEADER_CRC, sizeof h - EIF_HEADER_CRC);
	lane_give(w->lanes, sizeof h - EIF_HEADER_CRC, 0);
	return eif_begin(&w->m->eif, h);
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

	TRY(take(w, EIF_SECTION_HEAD, DIGEST_CRC(0), &p));
	TRY(eif_next(e, p));
	s = &e->section[e->n - 1];
	what = DIGEST_CRC(0) | digest_of(s->type, e->ramdisks - 1);
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

static enum err
judge(struct work *w)
{
	struct measure *m = w->m;
	struct registers *r = &m->registers;

	if (w->digest.crc[0] != m->eif.crc)
		return ERR_EIF_CRC;
	TRY(digest_registers(&w->digest, r));
	if (m->has_sha256)
		TRY(digest_file(&w->digest, &m->sha256));
	for (unsigned i = 0; i < m->eif.n; i++)
		r->is_signed |= m->eif.section[i].type == EIF_SIGNATURE;
	if (!r->is_signed)
		return OK;
	TRY(signature_verify(span_of(m->section, m->signature_n), r->value[0],
	    &m->signature));
	return digest_register(span_of(m->signature.cert, m->signature.cert_n),
	    r->value[3]);
}

static enum err
run(struct work *w, unsigned flags)
{
	struct lane lane[LANE_MAX];
	enum err e, end;

	digest_lanes(&w->digest, lane);
	TRY(lane_open(&w->lanes, lane, w->m->has_sha256 ? 4 : 3,
	    !(flags & MEASURE_ONE_THREAD)));
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
	enum err e;

	memset(m, 0, sizeof *m);
	m->has_sha256 = flags & MEASURE_SHA256;
	e = digest_open(&w.digest);
	if (e == OK)
		e = run(&w, flags);
	digest_close(&w.digest);
	return e;
}
