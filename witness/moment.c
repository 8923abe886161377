/* SPDX-License-Identifier: ISC */
#include "moment.h"

void
moment_begin(struct moment *m, uint64_t unix_ms, uint64_t steady_ms,
    uint64_t newest)
{
	m->apart = (int64_t)unix_ms - (int64_t)steady_ms;
	m->newest = newest;
}

enum err
moment_now(struct moment *m, uint64_t unix_ms, uint64_t steady_ms,
    uint64_t *seconds)
{
	int64_t apart = (int64_t)unix_ms - (int64_t)steady_ms;
	int64_t jump = apart - m->apart;

	if (jump > MOMENT_SLACK_MS || jump < -MOMENT_SLACK_MS)
		return ERR_CLOCK;
	/* A clock that is corrected little by little is no fault. */
	m->apart = apart;
	if (unix_ms + MOMENT_SLACK_MS < m->newest * 1000)
		return ERR_CLOCK;
	*seconds = unix_ms / 1000;
	return *seconds ? OK : ERR_CLOCK;
}

void
moment_given(struct moment *m, uint64_t seconds)
{
	if (seconds > m->newest)
		m->newest = seconds;
}
