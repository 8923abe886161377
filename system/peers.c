/* SPDX-License-Identifier: ISC */
#include "peers.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <arpa/inet.h>

#include "network.h"

#define SLOTS 32768

struct peers {
	unsigned cap;
	struct networks proxies;
	uint8_t secret[crypto_shorthash_KEYBYTES];
	/* The true count is the lesser of an address's two slots, or less. */
	atomic_uint count[2][SLOTS];
};

enum err
peers_make(unsigned cap, const char *proxies, struct peers **out)
{
	struct peers *p = calloc(1, sizeof *p);
	enum err e;

	*out = NULL;
	if (!p)
		return ERR_OUT_OF_MEMORY;
	e = sodium_init() < 0 ? ERR_INTERNAL
			      : network_parse(proxies, &p->proxies);
	if (e != OK) {
		free(p);
		return e;
	}
	*out = p;
	p->cap = cap;
	randombytes_buf(p->secret, sizeof p->secret);
	return OK;
}

void
peers_free(struct peers *p)
{
	free(p);
}

/* IPv4 in IPv6 clothes counts, and is written, as IPv4. */
static struct span
address_bytes(const struct sockaddr *sa, char text[PEERS_TEXT])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const void *p;

	text[0] = '\0';
	if (sa->sa_family == AF_INET) {
		p = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
		inet_ntop(AF_INET, p, text, PEERS_TEXT);
		return span_of(p, 4);
	}
	if (sa->sa_family != AF_INET6)
		return span_of(sa, 0);
	p = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	if (memcmp(p, mapped, sizeof mapped) == 0) {
		p = (const uint8_t *)p + sizeof mapped;
		inet_ntop(AF_INET, p, text, PEERS_TEXT);
		return span_of(p, 4);
	}
	inet_ntop(AF_INET6, p, text, PEERS_TEXT);
	return span_of(p, 16);
}

bool
peers_come(struct peers *p, const struct sockaddr *address, struct peer *peer)
{
	struct span s = address_bytes(address, peer->text);
	uint8_t in[8] = { 0 };
	uint64_t hash;
	unsigned least = p->cap;

	if (s.n)
		memcpy(in, s.p, s.n < sizeof in ? s.n : sizeof in);
	crypto_shorthash((uint8_t *)&hash, in, sizeof in, p->secret);
	peer->proxy = network_has(&p->proxies, s);
	for (int i = 0; i < 2; i++) {
		unsigned was;

		peer->slot[i] = (uint32_t)(hash >> 32 * i) % SLOTS;
		was = atomic_fetch_add(&p->count[i][peer->slot[i]], 1);
		least = was < least ? was : least;
	}
	return peer->proxy || least < p->cap;
}

void
peers_go(struct peers *p, const struct peer *peer)
{
	for (int i = 0; i < 2; i++)
		atomic_fetch_sub(&p->count[i][peer->slot[i]], 1);
}

void
peers_forwarded(struct span list, char text[PEERS_TEXT])
{
	uint8_t bytes[16];
	size_t from = list.n;

	text[0] = '\0';
	while (from > 0 && list.p[from - 1] != ',' && list.p[from - 1] != ' ')
		from--;
	if (list.n - from >= PEERS_TEXT || list.n == from)
		return;
	memcpy(text, list.p + from, list.n - from);
	text[list.n - from] = '\0';
	if (inet_pton(AF_INET, text, bytes) != 1 &&
	    inet_pton(AF_INET6, text, bytes) != 1)
		text[0] = '\0';
}
