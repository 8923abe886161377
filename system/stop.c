/* SPDX-License-Identifier: ISC */
#include "stop.h"

#include <stddef.h>

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
	(void)number;
	stop = 1;
}

const volatile sig_atomic_t *
stop_on_signals(sigset_t *before)
{
	const struct sigaction end = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	if (before != NULL)
		(void)sigprocmask(SIG_BLOCK, &blocked, before);
	(void)sigaction(SIGTERM, &end, NULL);
	(void)sigaction(SIGINT, &end, NULL);
	return &stop;
}
