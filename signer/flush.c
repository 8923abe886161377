/* SPDX-License-Identifier: ISC */
#include "flush.h"

#include <sys/syscall.h>

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <linux/aio_abi.h>

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
flush_begin(struct flush *f, int fd)
{
	struct iocb one = { .aio_lio_opcode = IOCB_CMD_FDSYNC,
		.aio_fildes = (uint32_t)fd };
	struct iocb *all[] = { &one };

	return f->context && syscall(SYS_io_submit, f->context, 1, all) == 1;
}

bool
flush_end(struct flush *f)
{
	struct io_event done;
	long n;

	do
		n = syscall(SYS_io_getevents, f->context, 1, 1, &done, NULL);
	while (n < 0 && errno == EINTR);
	return n == 1 && done.res == 0;
}
