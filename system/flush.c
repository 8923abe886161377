/* SPDX-License-Identifier: ISC */
#include "flush.h"

#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <linux/aio_abi.h>
#include <linux/fs.h>

void
flush_open(struct flush *f)
{
	f->context = 0;
	if (syscall(SYS_io_setup, 1, &f->context) != 0)
		f->context = 0;
}

void
flush_close(struct flush *f)
{
	if (f->context)
		(void)syscall(SYS_io_destroy, f->context);
	f->context = 0;
}

bool
flush_begin(struct flush *f, int fd, const uint8_t *p, size_t n, size_t at)
{
	struct iocb one = { .aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_rw_flags = RWF_DSYNC,
		.aio_fildes = (uint32_t)fd,
		.aio_buf = (uintptr_t)p,
		.aio_nbytes = n,
		.aio_offset = (int64_t)at };
	struct iocb *all[] = { &one };

	return f->context && syscall(SYS_io_submit, f->context, 1, all) == 1;
}

bool
flush_end(struct flush *f, size_t n)
{
	struct io_event done;
	long got;

	do
		got = syscall(SYS_io_getevents, f->context, 1, 1, &done, NULL);
	while (got < 0 && errno == EINTR);
	return got == 1 && done.res == (int64_t)n;
}
