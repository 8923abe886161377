/* SPDX-License-Identifier: ISC */
#include "agent_sources.h"

#include <string.h>

#include <netinet/in.h>

/* IPv4 in IPv6 clothes is IPv4. */
static uint8_t
net_of(const struct sockaddr *address, uint8_t net[8])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	memset(net, 0, 8);
	if (address->sa_family == AF_INET) {
		memcpy(&four, address, sizeof four);
		memcpy(net, &four.sin_addr, 4);
		return 4;
	}
	if (address->sa_family != AF_INET6)
		return 0;
	memcpy(&six, address, sizeof six);
	if (memcmp(&six.sin6_addr, mapped, sizeof mapped) == 0) {
		memcpy(net, six.sin6_addr.s6_addr + sizeof mapped, 4);
		return 4;
	}
	memcpy(net, &six.sin6_addr, 8);
	return 8;
}

/* Its own, or the one that goes for it: there are more places than connections,
 * so one without any is always there. */
static struct agent_source *
find(struct agent_sources *t, const uint8_t net[8], uint8_t net_n)
{
	struct agent_source *oldest = NULL;

	for (size_t i = 0; i < AGENT_SOURCES; i++) {
		struct agent_source *s = &t->source[i];

		if (s->net_n == net_n && memcmp(s->net, net, 8) == 0)
			return s;
		if (s->open == 0 && (!oldest || s->used < oldest->used))
			oldest = s;
	}
	if (!oldest)
		return NULL;
	memset(oldest, 0, sizeof *oldest);
	memcpy(oldest->net, net, 8);
	oldest->net_n = net_n;
	return oldest;
}

/* With room for another connection. */
static struct agent_source *
seek(struct agent_sources *t, const struct sockaddr *address)
{
	uint8_t net[8], n = net_of(address, net);
	struct agent_source *s = n ? find(t, net, n) : NULL;

	return s && s->open < AGENT_SOURCE_OPEN ? s : NULL;
}

bool
agent_sources_full(struct agent_sources *t, const struct sockaddr *address)
{
	return seek(t, address) == NULL;
}

struct agent_source *
agent_sources_come(struct agent_sources *t, const struct sockaddr *address)
{
	struct agent_source *s = seek(t, address);

	if (!s)
		return NULL;
	s->open++;
	s->used = ++t->turn;
	return s;
}

void
agent_sources_go(struct agent_source *s)
{
	s->open--;
}

/* Its own comes first: who has none left takes nothing from the others. */
bool
agent_sources_take(struct agent_sources *t, struct agent_source *s,
    uint64_t now, uint64_t *wait)
{
	s->used = ++t->turn;
	return bucket_take(&s->bucket, &t->each, now, wait) &&
	       bucket_take(&t->bucket, &t->all, now, wait);
}
