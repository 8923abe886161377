/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE    /* memfd_create, syscall */
#undef _FORTIFY_SOURCE /* whose pread is inline; this file has its own */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "system/journal_frame.h"
#include "tests/lib/suite.h"

/* The signer's record as a crash or a bad disk leaves it. */
static char folder[] = "/tmp/encl-journal.XXXXXX";
static const uint8_t key[JOURNAL_KEY] = { 9 };
static int at_folder;
static size_t cut, at;

/* What was read: the first byte and the length of each record. */
static struct {
	unsigned n;
	uint8_t first[64];
	size_t length[64];
} got;

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	at_folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
teardown(void)
{
	unlinkat(at_folder, "j", 0);
	close(at_folder);
	rmdir(folder);
	snprintf(folder, sizeof folder, "/tmp/encl-journal.XXXXXX");
}

static enum err
take(void *ctx, struct span record)
{
	(void)ctx;
	ck_assert_uint_lt(got.n, 64);
	got.first[got.n] = record.n ? record.p[0] : 0;
	got.length[got.n++] = record.n;
	return OK;
}

static enum err
open_journal(struct journal **j)
{
	got.n = 0;
	return journal_open(at_folder, "j", key, take, NULL, j, &cut, &at);
}

static void
put(struct journal *j, uint8_t first, size_t n)
{
	static uint8_t buf[8192];

	memset(buf, 0xee, n);
	buf[0] = first;
	ck_assert_int_eq(journal_reserve(j, n), OK);
	journal_put(j, span_of(buf, n));
}

static void
flush(struct journal *j)
{
	ck_assert_int_eq(journal_write(j), OK);
	ck_assert_int_eq(journal_sync(j), OK);
}

/* Three frames; where each ends in end. */
static void
make(size_t end[4])
{
	struct journal *j;

	ck_assert_int_eq(open_journal(&j), OK);
	end[0] = journal_size(j);
	put(j, 1, 100);
	put(j, 2, 900);
	flush(j);
	end[1] = journal_size(j);
	put(j, 3, 40);
	flush(j);
	end[2] = journal_size(j);
	put(j, 4, 2000);
	put(j, 5, 1);
	flush(j);
	end[3] = journal_size(j);
	journal_close(j);
}

static uint8_t *
whole_file(size_t *n)
{
	int fd = openat(at_folder, "j", O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;

	ck_assert_int_eq(fstat(fd, &st), 0);
	*n = (size_t)st.st_size;
	p = malloc(*n);
	ck_assert_int_eq(read(fd, p, *n), st.st_size);
	close(fd);
	return p;
}

static void
replace(const uint8_t *p, size_t n)
{
	int fd = openat(at_folder, "j", O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	close(fd);
}

START_TEST(what_was_flushed_is_read_again)
{
	struct journal *j;
	size_t end[4];

	make(end);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 5);
	for (uint8_t i = 0; i < 5; i++)
		ck_assert_uint_eq(got.first[i], i + 1);
	ck_assert_uint_eq(got.length[3], 2000);
	ck_assert_uint_eq(cut, 0);
	put(j, 6, 10);
	flush(j);
	journal_close(j);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 6);
	journal_close(j);
}
END_TEST

START_TEST(what_was_not_written_is_not_there)
{
	struct journal *j;
	size_t end[4];

	make(end);
	ck_assert_int_eq(open_journal(&j), OK);
	put(j, 6, 10);
	journal_close(j);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 5);
	journal_close(j);
}
END_TEST

/* What reading says of these bytes, without a disk. */
static enum err
judge(int fd, size_t n, struct journal_frame_file *f)
{
	static uint8_t room[JOURNAL_FRAME_MAX];

	*f = (struct journal_frame_file){ .fd = fd, .key = key };
	ck_assert_int_eq(ftruncate(fd, (off_t)n), 0);
	got.n = 0;
	return journal_frame_read_all(f, room, take, NULL);
}

/* A few zeros after the last frame, as there always are. */
#define ZEROS 700

START_TEST(every_truncation_is_cut_to_a_frame)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal_frame_file f;
	size_t end[4], n;
	uint8_t *p;

	make(end);
	p = whole_file(&n);
	ck_assert_int_eq(write(fd, p, end[3]), (ssize_t)end[3]);
	for (size_t i = end[3]; i >= end[0]; i--) {
		size_t is = i < end[1]   ? end[0]
			    : i < end[2] ? end[1]
			    : i < end[3] ? end[2]
					 : end[3];

		ck_assert_int_eq(judge(fd, i, &f), OK);
		ck_assert_uint_eq(f.end, is);
		ck_assert_uint_eq(got.n, is == end[0]   ? 0
					 : is == end[1] ? 2
					 : is == end[2] ? 3
							: 5);
	}
	close(fd);
	free(p);
}
END_TEST

START_TEST(after_a_cut_it_goes_on)
{
	size_t end[4], n;
	uint8_t *p;

	make(end);
	p = whole_file(&n);
	for (size_t i = 0; i < 4; i++) {
		struct journal *j;

		replace(p, i < 3 ? end[i] + 33 : end[3]);
		ck_assert_int_eq(open_journal(&j), OK);
		ck_assert_uint_eq(got.n, i == 0 ? 0 : i == 3 ? 5 : i + 1);
		ck_assert_uint_eq(cut, i < 3 ? 33 : 0);
		put(j, 9, 10);
		flush(j);
		journal_close(j);
		ck_assert_int_eq(open_journal(&j), OK);
		ck_assert_uint_eq(got.first[got.n - 1], 9);
		ck_assert_uint_eq(cut, 0);
		journal_close(j);
	}
	free(p);
}
END_TEST

/* A crash leaves whole sectors of the last frame unwritten. */
START_TEST(a_frame_that_lacks_a_sector_is_cut)
{
	size_t end[4], n, from;
	uint8_t *p;

	make(end);
	p = whole_file(&n);
	from = (end[2] / 512 + 1) * 512;
	for (size_t s = from - 512; s < end[3]; s += 512) {
		size_t a = s < end[2] ? end[2] : s;
		size_t z = s + 512 < end[3] ? s + 512 : end[3];
		uint8_t *torn = malloc(n);
		struct journal *j;

		memcpy(torn, p, n);
		memset(torn + a, 0, z - a);
		if (memcmp(torn, p, n) ==
		    0) { /* zeros between body and check */
			free(torn);
			continue;
		}
		replace(torn, n);
		ck_assert_int_eq(open_journal(&j), OK);
		ck_assert_uint_eq(got.n, 3);
		ck_assert_uint_gt(cut, 0);
		journal_close(j);
		ck_assert_int_eq(open_journal(&j), OK);
		ck_assert_uint_eq(cut, 0);
		journal_close(j);
		free(torn);
	}
	free(p);
}
END_TEST

/* A bit that flips anywhere in what was flushed is damage, in the last frame
 * too: a signature may have been given for it. */
START_TEST(every_flipped_bit_is_refused)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal_frame_file f;
	size_t end[4], n;
	uint8_t *p;

	make(end);
	p = whole_file(&n);
	n = end[3] + ZEROS;
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	for (size_t i = 0; i < end[3]; i++) {
		uint8_t bad = p[i] ^ (uint8_t)(1 << i % 8);
		enum err e;

		ck_assert_int_eq(pwrite(fd, &bad, 1, (off_t)i), 1);
		e = judge(fd, n, &f);
		ck_assert_msg(e == ERR_JOURNAL, "byte %zu: %s", i, err_code(e));
		ck_assert_uint_le(f.end, i);
		ck_assert_int_eq(pwrite(fd, &p[i], 1, (off_t)i), 1);
	}
	ck_assert_int_eq(judge(fd, n, &f), OK);
	close(fd);
	free(p);
}
END_TEST

START_TEST(what_was_refused_is_not_changed)
{
	size_t end[4], n, m;
	struct journal *j;
	uint8_t *p, *q;

	make(end);
	p = whole_file(&n);
	p[end[1] + 40] ^= 1;
	replace(p, n);
	ck_assert_int_eq(open_journal(&j), ERR_JOURNAL);
	ck_assert_uint_eq(at, end[1]);
	q = whole_file(&m);
	ck_assert(m == n && memcmp(p, q, n) == 0);
	free(p);
	free(q);
}
END_TEST

START_TEST(frames_stay_in_their_order)
{
	size_t end[4], n;
	struct journal *j;
	uint8_t *p, *q;

	make(end);
	p = whole_file(&n);
	q = malloc(n);
	memcpy(q, p, n);
	/* Without the second one. */
	memcpy(q + end[1], p + end[2], n - end[2]);
	replace(q, n - (end[2] - end[1]));
	ck_assert_int_eq(open_journal(&j), ERR_JOURNAL);
	free(p);
	free(q);
}
END_TEST

START_TEST(another_key_reads_nothing)
{
	static const uint8_t other[JOURNAL_KEY] = { 8 };
	struct journal *j;
	size_t end[4];

	make(end);
	ck_assert_int_eq(journal_open(at_folder, "j", other, take, NULL, &j,
			     &cut, &at),
	    ERR_JOURNAL);
}
END_TEST

static enum err
fill(void *ctx, struct journal *new)
{
	const uint8_t *first = ctx;

	put(new, *first, 50);
	return OK;
}

static enum err
fill_not(void *ctx, struct journal *new)
{
	(void)fill(ctx, new);
	return ERR_NO_SPACE;
}

START_TEST(a_journal_is_replaced_whole_or_not_at_all)
{
	uint8_t seven = 7;
	struct journal *j;
	size_t end[4];

	make(end);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_int_eq(journal_replace(j, fill_not, &seven), ERR_NO_SPACE);
	put(j, 6, 10);
	flush(j);
	journal_close(j);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 6);
	ck_assert_int_eq(journal_replace(j, fill, &seven), OK);
	put(j, 8, 10);
	flush(j);
	journal_close(j);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 2);
	ck_assert(got.first[0] == 7 && got.first[1] == 8);
	journal_close(j);
	/* The half of one that a crash left beside it. */
	close(openat(at_folder, "j.new", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_int_ne(faccessat(at_folder, "j.new", F_OK, 0), 0);
	ck_assert_uint_eq(got.n, 2);
	journal_close(j);
}
END_TEST

START_TEST(more_than_a_frame_is_two)
{
	struct journal *j;

	ck_assert_int_eq(open_journal(&j), OK);
	for (unsigned i = 0; i < 300; i++)
		put(j, (uint8_t)i, 8000);
	flush(j);
	ck_assert_uint_gt(journal_size(j), 300 * 8000);
	ck_assert(!journal_pending(j));
	journal_close(j);
}
END_TEST

/* The disk takes no more: what was begun is not answered for, however often it
 * is asked again. */
START_TEST(after_a_failed_write_nothing_is_on_disk)
{
	const struct rlimit full = { 4096, RLIM_INFINITY };
	struct rlimit before;
	struct journal *j;
	size_t end[4];

	make(end);
	ck_assert_int_eq(open_journal(&j), OK);
	put(j, 6, 10);
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	if (journal_write(j) == OK)
		ck_assert_int_eq(journal_sync(j), ERR_FILE);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert(journal_pending(j));
	ck_assert_int_eq(journal_reserve(j, 10), ERR_FILE);
	ck_assert_int_eq(journal_write(j), ERR_FILE);
	ck_assert_int_eq(journal_sync(j), ERR_FILE);
	journal_close(j);
	ck_assert_int_eq(open_journal(&j), OK);
	ck_assert_uint_eq(got.n, 5);
	journal_close(j);
}
END_TEST

/* Somebody who reads, and who writes on once that has found nothing at
 * `meanwhile`. */
static off_t meanwhile;
static struct journal *writer;
static unsigned frames;

static void
write_on(void)
{
	meanwhile = 0;
	for (unsigned i = 0; i < frames; i++) {
		put(writer, 6, 40);
		flush(writer);
	}
}

ssize_t
pread(int fd, void *p, size_t n, off_t offset)
{
	ssize_t r = syscall(SYS_pread64, fd, p, n, offset);

	if (offset && offset == meanwhile)
		write_on();
	return r;
}

START_TEST(it_is_read_while_it_is_written)
{
	size_t end[4];

	make(end);
	ck_assert_int_eq(open_journal(&writer), OK);
	for (frames = 1; frames <= 2; frames++) {
		unsigned n = got.n;

		meanwhile = (off_t)journal_size(writer);
		got.n = 0;
		ck_assert_int_eq(journal_read(at_folder, "j", key, take, NULL),
		    OK);
		ck_assert_int_eq(meanwhile, 0);
		ck_assert_uint_eq(got.n, n + frames);
	}
	journal_close(writer);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { what_was_flushed_is_read_again,
		what_was_not_written_is_not_there,
		every_truncation_is_cut_to_a_frame, after_a_cut_it_goes_on,
		a_frame_that_lacks_a_sector_is_cut,
		every_flipped_bit_is_refused, what_was_refused_is_not_changed,
		frames_stay_in_their_order, another_key_reads_nothing,
		a_journal_is_replaced_whole_or_not_at_all,
		more_than_a_frame_is_two,
		after_a_failed_write_nothing_is_on_disk,
		it_is_read_while_it_is_written };

	return SUITE_RUN_FIXTURE("journal", t, setup, teardown);
}
