/* SPDX-License-Identifier: ISC */
#include "linger.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WAIT_MS 2000
#define BYTES ((size_t)1 << 20)

void
linger_add(struct lingering *l, int fd, uint64_t now)
{
	int again;

	if (l->n == LINGER_MAX)
		return;
	again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (again < 0)
		return;
	l->item[l->n].fd = again;
	l->item[l->n].until = now + WAIT_MS;
	l->item[l->n++].left = BYTES;
}

/* False when nothing more can come, or enough has. */
static bool
drop(int fd, size_t *left)
{
	char bytes[16384];

	for (;;) {
		ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0 || (size_t)n >= *left)
			return false;
		*left -= (size_t)n;
	}
}

void
linger_sweep(struct lingering *l, uint64_t now)
{
	for (size_t i = l->n; i-- > 0;) {
		if (now < l->item[i].until &&
		    drop(l->item[i].fd, &l->item[i].left))
			continue;
		close(l->item[i].fd);
		l->item[i] = l->item[--l->n];
	}
}

void
linger_end(struct lingering *l)
{
	while (l->n)
		close(l->item[--l->n].fd);
}
