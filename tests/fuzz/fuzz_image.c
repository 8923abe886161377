/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "image/kernel.h"
#include "image/measure.h"
#include "tests/fuzz/fuzz.h"

static int fd = -1;

static enum err
measured(struct span s, struct measure *m)
{
	if (fd < 0)
		fd = fileno(tmpfile());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, s.p, s.n, 0) != (ssize_t)s.n ||
	    lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return measure_fd(fd, MEASURE_ONE_THREAD, m);
}

/* The same with the checksum set right, so that it hides nothing. */
static enum err
mended(const uint8_t *p, size_t n, struct measure *m)
{
	uint8_t *q = malloc(n);
	uLong crc;
	enum err e;

	if (q == NULL)
		abort();
	memcpy(q, p, n);
	crc = crc32_z(0, q, EIF_HEADER_CRC);
	crc = crc32_z(crc, q + EIF_HEADER, n - EIF_HEADER);
	for (size_t i = 0; i < 4; i++)
		q[EIF_HEADER_CRC + i] = (uint8_t)(crc >> (24 - 8 * i));
	e = measured(span_of(q, n), m);
	free(q);
	if (e == ERR_EIF_CRC)
		abort();
	return e;
}

/* What passes has its sections end to end, up to the end of the file. */
static void
check(const struct measure *m, size_t n)
{
	uint64_t at = EIF_HEADER;

	for (unsigned i = 0; i < m->eif.n; i++) {
		if (m->eif.section[i].offset != at + EIF_SECTION_HEAD)
			abort();
		at = m->eif.section[i].offset + m->eif.section[i].size;
	}
	if (at != n || m->eif.n != m->eif.sections || m->eif.ramdisks == 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct measure m;
	static struct signature s;
	static const uint8_t zero[PCR_SIZE];
	char version[KERNEL_VERSION];

	if (kernel_version(span_of(p, n), version) && version[0] == '\0')
		abort();
	/* The signature section by itself: nothing else is in the way. */
	if (signature_verify(span_of(p, n), zero, &s) == OK && s.n == 0)
		abort();
	if (measured(span_of(p, n), &m) == OK)
		check(&m, n);
	if (n >= EIF_HEADER && mended(p, n, &m) == OK)
		check(&m, n);
	return 0;
}
