/* SPDX-License-Identifier: ISC */
/*
 * appends ADDRESS TOKEN: makes chains through the API and appends to them.  One
 * command a line on stdin, one answer a line on stdout:
 *	create N              chains, with their enclaves -> a second
 *	witnesses NAME KEY VKEY VKEY  of chains that are made from now on
 *	stage                 every chain where none is open -> their number
 *	append CLIENTS COUNT  stages and revokes in equal parts, over all
 *chains, signed beforehand -> a second race CLIENTS SECONDS  all on one chain
 *of its own, a stage after a stage:
 *	                      -> accepted a second, refused with 409, CHAIN
 *	grow ENTRIES          of one chain of its own -> CHAIN
 * Anything that is not answered as it must be ends it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sodium/utils.h>

#include "chain/note.h"
#include "chain/text.h"
#include "tests/lib/client.h"
#include "tests/lib/fleet.h"

#define CLIENTS_MAX 256

/* Requests in the order in which one client sends them. */
struct lane {
	uint8_t *bytes;
	size_t n, cap;
	size_t *end; /* of each */
	unsigned count, at, room;
};

static const char *address, *token;
static struct fleet fleet;
static struct fleet_chain *chain;
static unsigned chains, numbers, version;
static struct lane lane[CLIENTS_MAX];
static unsigned *of_request; /* create: which chain */

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "appends: %s\n", what);
		exit(3);
	}
}

static void *
more(void *p, size_t n)
{
	p = realloc(p, n);
	must(p != NULL, "no memory");
	return p;
}

static void
lane_add(struct lane *l, const char *path, const char *type, struct span body)
{
	struct out o;

	if (l->cap - l->n < body.n + 1024) {
		l->cap = 2 * l->cap + body.n + 4096;
		l->bytes = more(l->bytes, l->cap);
	}
	if (l->count == l->room) {
		l->room = 2 * l->room + 64;
		l->end = more(l->end, l->room * sizeof *l->end);
	}
	o = out_of(l->bytes + l->n, l->cap - l->n);
	client_post(&o, path, token, type, body);
	must(!o.full, "a request is too long");
	l->n += o.n;
	l->end[l->count++] = l->n;
}

static void
lanes_clear(void)
{
	for (unsigned i = 0; i < CLIENTS_MAX; i++)
		lane[i].n = lane[i].count = lane[i].at = 0;
}

static bool
lane_next(void *ctx, unsigned i, struct span *request)
{
	struct lane *l = &lane[i];
	size_t from = l->at ? l->end[l->at - 1] : 0;

	(void)ctx;
	if (l->at == l->count)
		return false;
	*request = span_of(l->bytes + from, l->end[l->at] - from);
	l->at++;
	return true;
}

static void
refused(unsigned status, struct span body)
{
	fprintf(stderr, "appends: %u %.*s\n", status, (int)body.n,
	    (const char *)body.p);
	exit(3);
}

/* The text of a member, by its name, somewhere in a JSON object. */
static const char *
member(struct span body, const char *name)
{
	const char *p = strstr((const char *)body.p, name);

	must(p != NULL, name);
	return p + strlen(name);
}

static void
created(void *ctx, unsigned i, unsigned status, struct span body)
{
	struct fleet_chain *c =
	    &chain[of_request[i + CLIENTS_MAX * (lane[i].at - 1)]];
	const char *hash;

	(void)ctx;
	if (status != 201)
		refused(status, body);
	hash = member(body, "\"sha256\":\"");
	must(text_unhex(span_of(hash, 64), c->definition.b, 32), "a hash");
}

static void
add_creation(unsigned i, struct fleet_chain *c)
{
	uint8_t buf[FLEET_STATEMENT];
	char base64[2 * FLEET_STATEMENT], json[3 * FLEET_STATEMENT];
	struct span genesis = fleet_genesis(&fleet, c, numbers++, buf);
	int n;

	sodium_bin2base64(base64, sizeof base64, genesis.p, genesis.n,
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(json, sizeof json,
	    "{\"name\":\"b%u\",\"definition\":{\"name\":\"b%u\","
	    "\"image\":\"registry.example.org/payments:1\"},"
	    "\"genesis\":\"%s\"}",
	    c->number, c->number, base64);
	lane_add(&lane[i], "/v1/enclaves", "application/json",
	    span_of(json, (size_t)n));
}

/* n chains behind those that there are; returns how many a second. */
static double
create(unsigned n)
{
	const unsigned clients = 64;
	struct client c = { .connections = clients,
		.next = lane_next,
		.answer = created };
	unsigned rows = n / clients + 1;

	snprintf(c.address, sizeof c.address, "%s", address);
	chain = more(chain, (chains + n) * sizeof *chain);
	of_request = more(of_request, rows * CLIENTS_MAX * sizeof *of_request);
	lanes_clear();
	for (unsigned i = 0; i < n; i++) {
		of_request[i % clients + CLIENTS_MAX * (i / clients)] =
		    chains + i;
		add_creation(i % clients, &chain[chains + i]);
	}
	chains += n;
	return n / client_run(&c);
}

static void
appended(void *ctx, unsigned i, unsigned status, struct span body)
{
	(void)ctx, (void)i;
	if (status != 201)
		refused(status, body);
}

static void
add_append(unsigned i, struct fleet_chain *c)
{
	uint8_t buf[FLEET_STATEMENT];
	char path[FLEET_PATH];
	struct span body = fleet_next(&fleet, c, version++, buf);

	fleet_path(c, path);
	lane_add(&lane[i], path, "application/cbor", body);
}

/* Client i has chains i, i + clients, ...: what is sent for a chain is always
 * sent in order.  Every other chain has its stage open already. */
static double
append(unsigned clients, unsigned count)
{
	static unsigned at;
	struct client c = { .connections = clients,
		.next = lane_next,
		.answer = appended };

	snprintf(c.address, sizeof c.address, "%s", address);
	lanes_clear();
	for (unsigned i = 0; i < count; i++, at = (at + 1) % chains)
		add_append(at % clients, &chain[at]);
	return count / client_run(&c);
}

/* A stage on every chain that stands open, or on half of them, so that stages
 * and revokes come in turn. */
static unsigned
stage(bool half)
{
	struct client c = { .connections = 64,
		.next = lane_next,
		.answer = appended };
	unsigned n = 0;

	snprintf(c.address, sizeof c.address, "%s", address);
	lanes_clear();
	for (unsigned i = 0; i < chains; i++)
		if (!chain[i].staged && (!half || (i / 64) % 2)) {
			add_append(i % 64, &chain[i]);
			n++;
		}
	client_run(&c);
	return n;
}

/* The race: what stands in the chain is known to all as soon as one hears. */
static struct race {
	struct fleet_chain *c;
	struct h32 open, mine[CLIENTS_MAX];
	uint8_t request[CLIENTS_MAX][2 * FLEET_STATEMENT];
	uint64_t first, newest;
	unsigned accepted, refused;
	double until;
} race;

static bool
race_next(void *ctx, unsigned i, struct span *request)
{
	uint8_t buf[FLEET_STATEMENT];
	char path[FLEET_PATH];
	struct out o = out_of(race.request[i], sizeof race.request[i]);

	(void)ctx;
	if (client_clock() >= race.until)
		return false;
	fleet_path(race.c, path);
	client_post(&o, path, token, "application/cbor",
	    fleet_stage(&fleet, race.c, &race.open, version++, &race.mine[i],
		buf));
	*request = out_span(&o);
	return true;
}

static void
raced(void *ctx, unsigned i, unsigned status, struct span body)
{
	uint64_t seq;

	(void)ctx;
	if (status == 409) {
		race.refused++;
		return;
	}
	if (status != 201)
		refused(status, body);
	race.accepted++;
	seq = strtoull(member(body, "\"seq\":"), NULL, 10);
	if (seq <= race.newest)
		return;
	race.newest = seq;
	race.open = race.mine[i];
}

static void
say_chain(const struct fleet_chain *c)
{
	char hex[65];
	struct out o = out_of(hex, sizeof hex);

	text_hex(&o, h32_span(&c->id));
	printf("%s\n", hex);
}

/* A chain that no other command appends to. */
static struct fleet_chain *
own_chain(void)
{
	create(1);
	return &chain[--chains];
}

static void
run_race(unsigned clients, double seconds)
{
	struct client c = { .connections = clients,
		.next = race_next,
		.answer = raced };
	double took;

	race.c = own_chain();
	race.open = race.c->id;
	race.newest = race.accepted = race.refused = 0;
	race.until = client_clock() + seconds;
	snprintf(c.address, sizeof c.address, "%s", address);
	took = client_run(&c);
	/* Each place was taken once: they are as many as they are high. */
	must(race.newest == race.accepted, "a place has two entries or none");
	printf("%.1f %u ", race.accepted / took, race.refused);
	say_chain(race.c);
}

static void
grow(unsigned n)
{
	struct fleet_chain *c = own_chain();
	struct client how = { .connections = 1,
		.next = lane_next,
		.answer = appended };

	snprintf(how.address, sizeof how.address, "%s", address);
	lanes_clear();
	for (unsigned i = 1; i < n; i++)
		add_append(0, c);
	client_run(&how);
	say_chain(c);
}

static void
name_witnesses(const char *line)
{
	static char name[65], key[65], vkey[2][NOTE_VKEY_MAX + 1];

	must(sscanf(line, "witnesses %64s %64s %300s %300s", name, key, vkey[0],
		 vkey[1]) == 4 &&
		 text_unhex(span_str(key), fleet.log_key.b, 32),
	    "witnesses NAME KEY VKEY VKEY");
	fleet.log_name = span_str(name);
	for (size_t i = 0; i < 2; i++)
		fleet.witness[i] = span_str(vkey[i]);
	fleet.witness_n = 2;
	printf("ok\n");
}

static void
obey(const char *line)
{
	unsigned a, b;
	double s;

	if (sscanf(line, "create %u", &a) == 1) {
		s = create(a);
		(void)stage(true);
		printf("%.1f\n", s);
	} else if (strncmp(line, "witnesses ", 10) == 0) {
		name_witnesses(line);
	} else if (strcmp(line, "stage\n") == 0) {
		printf("%u\n", stage(false));
	} else if (sscanf(line, "append %u %u", &a, &b) == 2) {
		must(a <= CLIENTS_MAX && chains > 0, "append CLIENTS COUNT");
		printf("%.1f\n", append(a, b));
	} else if (sscanf(line, "race %u %lf", &a, &s) == 2) {
		must(a <= CLIENTS_MAX, "race CLIENTS SECONDS");
		run_race(a, s);
	} else if (sscanf(line, "grow %u", &a) == 1) {
		grow(a);
	} else {
		must(false, "a command");
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	char line[1024];

	must(argc == 3, "ADDRESS TOKEN");
	address = argv[1];
	token = argv[2];
	fleet_init(&fleet, (uint32_t)(client_clock() * 1e6));
	while (fgets(line, sizeof line, stdin))
		obey(line);
	return 0;
}
