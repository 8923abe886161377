/* SPDX-License-Identifier: ISC */
/*
 * witness_asks family
 *	what encl-witness --log-prefix needs.
 * witness_asks ADDRESS CONNECTIONS LOGS ROUNDS
 *	Has LOGS logs cosigned for the first time, then all of them again,
 *	ROUNDS times, a checkpoint of the same size each.  Prints the seconds of
 *	each round, and those that the signatures alone take: one verified, one
 *	made, on one thread.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/client.h"
#include "tests/lib/log_maker.h"

#define SIZE 9
#define REQUEST 2048

static unsigned logs, connections, at;
static uint8_t *bytes;
static size_t *length;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "witness_asks: %s\n", what);
		exit(3);
	}
}

static void
log_of(struct log_maker *m, unsigned i)
{
	char name[96];

	snprintf(name, sizeof name, "bench.example/%064x", i);
	log_maker_begin(m, "bench", name);
}

static void
prepare(uint64_t old)
{
	const struct log_branch b = { 0 };

	for (unsigned i = 0; i < logs; i++) {
		uint8_t body[LOG_MAKER_ASK];
		struct out o = out_of(body, sizeof body);
		struct out to =
		    out_of(bytes + (size_t)i * REQUEST, (size_t)REQUEST);
		struct log_maker m;

		log_of(&m, i);
		log_maker_ask(&m, b, old, SIZE, &o);
		client_post(&to, "/add-checkpoint", NULL, "text/plain",
		    out_span(&o));
		must(!o.full && !to.full, "no room");
		length[i] = to.n;
	}
}

static bool
next(void *ctx, unsigned i, struct span *request)
{
	(void)ctx, (void)i;
	if (at == logs)
		return false;
	*request = span_of(bytes + (size_t)at * REQUEST, length[at]);
	at++;
	return true;
}

static double
run(const char *address)
{
	struct client c = { .connections = connections,
		.next = next,
		.answer = client_expect_ok };

	snprintf(c.address, sizeof c.address, "%s", address);
	at = 0;
	return client_run(&c);
}

static double
bare(void)
{
	struct log_maker m;
	uint8_t text[200] = { 1 }, sig[64];
	double start = client_clock();

	log_of(&m, 0);
	crypto_sign_detached(sig, NULL, text, sizeof text, m.secret);
	for (unsigned i = 0; i < logs; i++) {
		must(crypto_sign_verify_detached(sig, text, sizeof text,
			 m.key.public.b) == 0,
		    "a signature");
		crypto_sign_detached(sig, NULL, text, sizeof text, m.secret);
	}
	return client_clock() - start;
}

static int
family(void)
{
	struct log_maker m;

	log_of(&m, 0);
	log_maker_family(&m, "bench.example", stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	must(sodium_init() >= 0, "libsodium");
	if (argc == 2)
		return family();
	must(argc == 5, "ADDRESS CONNECTIONS LOGS ROUNDS");
	connections = (unsigned)atoi(argv[2]);
	logs = (unsigned)atoi(argv[3]);
	bytes = malloc((size_t)logs * REQUEST);
	length = malloc(logs * sizeof *length);
	must(bytes && length, "memory");
	prepare(0);
	printf("# first %.3f\n", run(argv[1]));
	prepare(SIZE);
	for (int i = 0; i < atoi(argv[4]); i++)
		printf("%.3f %.3f\n", run(argv[1]), bare());
	return 0;
}
