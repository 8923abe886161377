/* SPDX-License-Identifier: ISC */
/*
 * etcd_put ADDRESS CLIENTS COUNT SIZE: durable puts of SIZE bytes over etcd's
 * JSON API, each to one of 10,000 keys -> a second.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include "tests/lib/client.h"

#define CLIENTS_MAX 256
#define KEYS 10000
#define BODY 16384

static unsigned count, sent;
static char value64[BODY - 128]; /* one value for all: its making is no part */
static struct {
	uint8_t request[BODY + 512];
} slot[CLIENTS_MAX];

static bool
next(void *ctx, unsigned i, struct span *request)
{
	char key[32], body[BODY], key64[64];
	struct out o = out_of(slot[i].request, sizeof slot[i].request);
	int n;

	(void)ctx;
	if (sent == count)
		return false;
	n = snprintf(key, sizeof key, "chain/%u", sent++ % KEYS);
	sodium_bin2base64(key64, sizeof key64, (uint8_t *)key, (size_t)n,
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(body, sizeof body, "{\"key\":\"%s\",\"value\":\"%s\"}",
	    key64, value64);
	client_post(&o, "/v3/kv/put", NULL, "application/json",
	    span_of(body, (size_t)n));
	*request = out_span(&o);
	return true;
}

int
main(int argc, char **argv)
{
	struct client c = { .next = next, .answer = client_expect_ok };
	uint8_t value[BODY / 2];
	size_t size;

	if (argc != 5)
		return 2;
	snprintf(c.address, sizeof c.address, "%s", argv[1]);
	c.connections = (unsigned)atoi(argv[2]);
	count = (unsigned)atoi(argv[3]);
	size = (size_t)atoi(argv[4]);
	if (c.connections > CLIENTS_MAX || size > BODY / 2)
		return 2;
	randombytes_buf(value, size);
	sodium_bin2base64(value64, sizeof value64, value, size,
	    sodium_base64_VARIANT_ORIGINAL);
	printf("%.1f\n", count / client_run(&c));
	return 0;
}
