/* SPDX-License-Identifier: ISC */
#include "journal_frame.h"

#include <sys/stat.h>

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

#define MAGIC "enclfram"
#define MAGIC_N 8
#define NUMBER_AT 8
#define LENGTH_AT 16
#define HEAD_CHECK_AT 24
#define HEAD_CHECK 8

/* What a disk writes whole or not at all. */
#define SECTOR 512

static void
put_le(uint8_t *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t
get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = n; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

void
journal_frame_u32(uint8_t *p, uint32_t v)
{
	put_le(p, v, 4);
}

static void
check(const uint8_t key[JOURNAL_KEY], const uint8_t *p, size_t n, uint8_t *to,
    size_t to_n)
{
	uint8_t full[crypto_generichash_BYTES];

	(void)crypto_generichash(full, sizeof full, p, n, key, JOURNAL_KEY);
	memcpy(to, full, to_n);
}

static bool
checks(const uint8_t key[JOURNAL_KEY], const uint8_t *p, size_t n,
    const uint8_t *is, size_t is_n)
{
	uint8_t full[JOURNAL_FRAME_CHECK];

	check(key, p, n, full, is_n);
	return sodium_memcmp(full, is, is_n) == 0;
}

size_t
journal_frame_size(size_t n)
{
	n += JOURNAL_FRAME_HEAD + JOURNAL_FRAME_CHECK + JOURNAL_FRAME_BLOCK - 1;
	return n / JOURNAL_FRAME_BLOCK * JOURNAL_FRAME_BLOCK;
}

size_t
journal_frame_close(uint8_t *frame, const uint8_t key[JOURNAL_KEY],
    uint64_t number, size_t n)
{
	size_t all = journal_frame_size(n);
	size_t zeros_at = JOURNAL_FRAME_HEAD + n;

	memcpy(frame, MAGIC, MAGIC_N);
	put_le(frame + NUMBER_AT, number, 8);
	put_le(frame + LENGTH_AT, n, 8);
	check(key, frame, HEAD_CHECK_AT, frame + HEAD_CHECK_AT, HEAD_CHECK);
	memset(frame + zeros_at, 0, all - zeros_at);
	check(key, frame, all - JOURNAL_FRAME_CHECK,
	    frame + all - JOURNAL_FRAME_CHECK, JOURNAL_FRAME_CHECK);
	return all;
}

/* Up to n bytes from `at`; *got fewer at the end of the file. */
static enum err
read_at(int fd, uint8_t *p, size_t n, size_t at, size_t *got)
{
	for (*got = 0; *got < n;) {
		ssize_t r = pread(fd, p + *got, n - *got, (off_t)(at + *got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return ERR_FILE;
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return OK;
}

static bool
head_is_good(const uint8_t key[JOURNAL_KEY], const uint8_t *head)
{
	return memcmp(head, MAGIC, MAGIC_N) == 0 &&
	       get_le(head + LENGTH_AT, 8) <= JOURNAL_BODY &&
	       checks(key, head, HEAD_CHECK_AT, head + HEAD_CHECK_AT,
		   HEAD_CHECK);
}

/* The bytes of the frame whose head is good. */
static size_t
size(const uint8_t *head)
{
	return journal_frame_size((size_t)get_le(head + LENGTH_AT, 8));
}

/* A whole frame at `at`, in room; its size is *n.  *is false: none. */
static enum err
frame_at(const struct journal_frame_file *f, uint8_t *room, size_t at,
    size_t *n, bool *is)
{
	size_t got;

	*is = false;
	TRY(read_at(f->fd, room, JOURNAL_FRAME_HEAD, at, &got));
	if (got < JOURNAL_FRAME_HEAD || !head_is_good(f->key, room))
		return OK;
	*n = size(room);
	TRY(read_at(f->fd, room, *n, at, &got));
	*is = got == *n &&
	      checks(f->key, room, *n - JOURNAL_FRAME_CHECK,
		  room + *n - JOURNAL_FRAME_CHECK, JOURNAL_FRAME_CHECK);
	return OK;
}

static enum err
records(struct span body, journal_take *take, void *ctx)
{
	while (body.n > 0) {
		size_t n;

		if (body.n < 4)
			return ERR_JOURNAL;
		n = (size_t)get_le(body.p, 4);
		body = span_of(body.p + 4, body.n - 4);
		if (n > body.n)
			return ERR_JOURNAL;
		TRY(take(ctx, span_of(body.p, n)));
		body = span_of(body.p + n, body.n - n);
	}
	return OK;
}

static bool
zeros(const uint8_t *p, size_t n)
{
	return sodium_is_zero(p, n);
}

/* One past the last byte from `at` on that is not zero; `at` when there is
 * none. */
static enum err
last_byte(const struct journal_frame_file *f, uint8_t *room, size_t at,
    size_t *last)
{
	size_t got;

	*last = at;
	for (; at < f->length; at += got) {
		TRY(read_at(f->fd, room, JOURNAL_BODY, at, &got));
		for (size_t i = got; i > 0; i--) {
			if (room[i - 1] != 0) {
				*last = at + i;
				break;
			}
		}
		if (got == 0)
			break;
	}
	return OK;
}

/* A whole frame begins somewhere in (from, last): what stands before it was on
 * disk once. */
static enum err
frame_after(const struct journal_frame_file *f, uint8_t *room, size_t from,
    size_t last, bool *is)
{
	uint8_t some[4096];
	size_t got, n;

	*is = false;
	for (size_t at = from + 1; at < last && !*is; at += got - MAGIC_N + 1) {
		TRY(read_at(f->fd, some, sizeof some, at, &got));
		if (got < MAGIC_N)
			break;
		for (size_t i = 0; i + MAGIC_N <= got && !*is; i++)
			if (memcmp(some + i, MAGIC, MAGIC_N) == 0)
				TRY(frame_at(f, room, at + i, &n, is));
	}
	return OK;
}

/* Some sector of these n bytes, which stand at `at`, was never written. */
static bool
lacks_sector(const uint8_t *p, size_t n, size_t at)
{
	while (n > 0) {
		size_t piece = SECTOR - at % SECTOR;

		if (piece > n)
			piece = n;
		if (zeros(p, piece))
			return true;
		p += piece;
		at += piece;
		n -= piece;
	}
	return false;
}

/* What stands at `at` is a frame that was not written whole, as a crash leaves
 * it: bytes are missing at the end of the file, or sectors of what it holds. */
static enum err
is_torn(const struct journal_frame_file *f, uint8_t *room, size_t at,
    bool *torn)
{
	size_t got, held = JOURNAL_FRAME_HEAD, n = held;

	TRY(read_at(f->fd, room, n, at, &got));
	if (got == n && head_is_good(f->key, room)) {
		held += (size_t)get_le(room + LENGTH_AT, 8);
		n = size(room);
		TRY(read_at(f->fd, room, n, at, &got));
	}
	*torn = got < n || lacks_sector(room, held, at) ||
		zeros(room + n - JOURNAL_FRAME_CHECK, JOURNAL_FRAME_CHECK);
	return OK;
}

static enum err
judge_end(struct journal_frame_file *f, uint8_t *room)
{
	size_t last;
	bool after, torn;

	TRY(last_byte(f, room, f->end, &last));
	if (last == f->end)
		return OK;
	TRY(frame_after(f, room, f->end, last, &after));
	if (after)
		return ERR_JOURNAL;
	TRY(is_torn(f, room, f->end, &torn));
	if (!torn)
		return ERR_JOURNAL;
	f->torn = last;
	return OK;
}

/* Another process may write on between two looks: what seems to be damage is
 * looked at once more, for then a whole frame is there. */
static enum err
next_frame(struct journal_frame_file *f, uint8_t *room, size_t *n, bool *is)
{
	enum err e;

	TRY(frame_at(f, room, f->end, n, is));
	if (*is)
		return OK;
	e = judge_end(f, room);
	if (e == ERR_JOURNAL)
		TRY(frame_at(f, room, f->end, n, is));
	return *is ? OK : e;
}

enum err
journal_frame_read_all(struct journal_frame_file *f, uint8_t *room,
    journal_take *take, void *ctx)
{
	struct stat st;
	size_t n;
	bool is;

	f->number = 1;
	f->end = f->torn = 0;
	if (fstat(f->fd, &st) != 0)
		return ERR_FILE;
	f->length = (size_t)st.st_size;
	TRY(read_at(f->fd, room, JOURNAL_FRAME_BLOCK, 0, &n));
	if (n < JOURNAL_FRAME_BLOCK ||
	    memcmp(room, JOURNAL_FRAME_FILE, JOURNAL_FRAME_FILE_N) != 0 ||
	    !zeros(room + JOURNAL_FRAME_FILE_N,
		JOURNAL_FRAME_BLOCK - JOURNAL_FRAME_FILE_N))
		return ERR_JOURNAL;
	f->end = JOURNAL_FRAME_BLOCK;
	for (;;) {
		TRY(next_frame(f, room, &n, &is));
		if (!is)
			return OK;
		if (get_le(room + NUMBER_AT, 8) != f->number)
			return ERR_JOURNAL;
		TRY(records(span_of(room + JOURNAL_FRAME_HEAD,
				(size_t)get_le(room + LENGTH_AT, 8)),
		    take, ctx));
		f->end += n;
		f->number++;
	}
}
