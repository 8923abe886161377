/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "system/journal_frame.h"
#include "tests/fuzz/fuzz.h"

/* A file is read to its last whole frame and no further.  A first byte of 1
 * puts a good frame before the rest, which must come through. */
struct seen {
	unsigned n;
	size_t bytes;
};

static enum err
take(void *ctx, struct span record)
{
	struct seen *s = ctx;

	s->n++;
	s->bytes += record.n;
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t key[JOURNAL_KEY] = { 1 };
	static uint8_t room[JOURNAL_FRAME_MAX];
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal_frame_file f = { .fd = fd, .key = key };
	struct seen seen = { 0 };
	bool good = n > 0 && p[0] == 1;
	size_t made = 0;
	enum err e;

	if (fd < 0 || n == 0)
		return 0;
	if (good) {
		journal_frame_u32(room + JOURNAL_FRAME_HEAD, 3);
		memcpy(room + JOURNAL_FRAME_HEAD + 4, "abc", 3);
		made = journal_frame_close(room, key, 1, 7);
		if (pwrite(fd, JOURNAL_FRAME_FILE, JOURNAL_FRAME_FILE_N, 0) <
			0 ||
		    pwrite(fd, room, made, JOURNAL_FRAME_BLOCK) !=
			(ssize_t)made)
			abort();
		made += JOURNAL_FRAME_BLOCK;
		(void)lseek(fd, (off_t)made, SEEK_SET);
	}
	if (write(fd, p + 1, n - 1) != (ssize_t)(n - 1))
		abort();
	e = journal_frame_read_all(&f, room, take, &seen);
	if (good && (seen.n < 1 || f.end < made))
		abort();
	if (f.end > made + n || (e == OK && f.torn && f.torn <= f.end))
		abort();
	close(fd);
	return 0;
}
