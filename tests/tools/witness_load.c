/* SPDX-License-Identifier: ISC */
/*
 * witness_load run ADDRESS VKEY FILE FIRST LOGS CONNECTIONS SEED
 *	Asks a witness for cosignatures of LOGS logs from number FIRST on, and
 *of earlier ones, until it is killed.  Each log has three histories that part
 *	at one place, and all three are put forward at once, beside stale sizes.
 *	Every cosignature that was answered goes to the end of FILE.  First the
 *	newest of each log in FILE is read and written there, too.
 * witness_load check FILE
 *	Decides from what was answered alone whether the witness ever told two
 *	histories of one log, or went back in size or time.  Prints figures.
 * witness_load family
 *	What encl-witness --log-prefix needs.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "chain/hash.h"
#include "chain/text.h"
#include "tests/lib/client.h"
#include "tests/lib/log_maker.h"

#define SEED "witness_load"
#define LOGS_MAX 100000
#define SIZE_MAX_ 40
#define CONNECTIONS_MAX 256

static struct note_key witness;
static const char *address;
static FILE *file;
static unsigned first, logs;
static uint64_t has[LOGS_MAX]; /* what the witness said that it has */
static uint64_t random_state;

static struct asked {
	unsigned log;
	uint64_t size;
	double start;
	bool over, reads;
	size_t n; /* of the note in the body */
	uint8_t note[LOG_MAKER_NOTE];
	uint8_t request[LOG_MAKER_ASK + 1024];
} asked[CONNECTIONS_MAX];

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "witness_load: %s\n", what);
		exit(3);
	}
}

static uint64_t
chance(uint64_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1;
	return (random_state >> 33) % below;
}

static void
log_of(struct log_maker *m, unsigned i)
{
	char number[16], name[96], hex[65];
	struct out o = out_of(hex, sizeof hex);
	struct h32 h;

	snprintf(number, sizeof number, "%u", i);
	must(hash_sha256(span_str(number), &h) == OK, "SHA-256");
	text_hex(&o, h32_span(&h));
	snprintf(name, sizeof name, "load.example/%.64s", hex);
	log_maker_begin(m, SEED, name);
}

/* The three histories of a log part after its first few leaves. */
static struct log_branch
branch(unsigned log, unsigned tag)
{
	return (struct log_branch){ 1 + log % 5, tag };
}

static void
ask(struct asked *a)
{
	struct log_maker m;
	uint8_t body[LOG_MAKER_ASK];
	struct out o = out_of(body, sizeof body);
	struct out note = out_of(a->note, sizeof a->note);
	struct out request = out_of(a->request, sizeof a->request);
	struct log_branch b;
	uint64_t old;

	a->log = first + (unsigned)chance(logs);
	if (first && chance(4) == 0)
		a->log = (unsigned)chance(first);
	b = branch(a->log, (unsigned)chance(3));
	old = has[a->log];
	if (old && chance(10) == 0)
		old = chance(old);
	a->size = old + chance(4);
	if (a->size > SIZE_MAX_)
		a->size = old;
	if (a->size == 0)
		a->size = 1;
	log_of(&m, a->log);
	log_maker_proof(&m, b, old, old, a->size, &o);
	log_maker_note(&m, b, a->size, &note);
	out_put(&o, note.p, note.n);
	a->n = note.n;
	client_post(&request, "/add-checkpoint", NULL, "text/plain",
	    out_span(&o));
	must(!o.full && !request.full, "no room");
	a->request[request.n] = '\0';
	a->start = client_clock();
	a->reads = false;
}

static void
record(const struct asked *a, struct span whole)
{
	struct checkpoint c;
	uint64_t seconds;
	char root[65];
	struct out o = out_of(root, sizeof root);
	double end = client_clock();

	must(checkpoint_decode(whole, &c) == OK, "an answer is no note");
	must(checkpoint_cosigned_by(&c, &witness, &seconds) == OK && seconds,
	    "a cosignature does not verify");
	text_hex(&o, h32_span(&c.root));
	fprintf(file, "%u %llu %.64s %llu %.9f %.9f\n", a->log,
	    (unsigned long long)c.size, root, (unsigned long long)seconds,
	    a->start, end);
	if (c.size > has[a->log])
		has[a->log] = c.size;
}

static bool
next(void *ctx, unsigned i, struct span *request)
{
	struct asked *a = &asked[i];

	(void)ctx;
	if (a->over)
		return false;
	ask(a);
	*request = span_str((const char *)a->request);
	return true;
}

static void
answer(void *ctx, unsigned i, unsigned status, struct span body)
{
	struct asked *a = &asked[i];
	uint8_t room[4096];
	struct out o = out_of(room, sizeof room);

	(void)ctx;
	if (status == 0) {
		a->over = true;
	} else if (status == 200) {
		out_put(&o, a->note, a->n);
		out_put(&o, body.p, body.n);
		record(a, out_span(&o));
	} else if (status == 409) {
		has[a->log] = strtoull((const char *)body.p, NULL, 10);
	} else {
		must(status == 400 || status == 422, "an odd status");
	}
}

static void
read_newest(unsigned log)
{
	struct asked a = { .log = log, .start = client_clock() };
	char request[256], id[65];
	struct out o = out_of(id, sizeof id);
	struct log_maker m;
	struct h32 h;
	uint8_t body[8192];
	size_t n = sizeof body;
	unsigned status;

	log_of(&m, log);
	must(hash_sha256(span_str(m.name), &h) == OK, "SHA-256");
	text_hex(&o, h32_span(&h));
	snprintf(request, sizeof request,
	    "GET /%.64s/checkpoint HTTP/1.1\r\nHost: localhost\r\n\r\n", id);
	status = client_once(address, span_str(request), body, &n);
	if (status == 0)
		return; /* it is being killed */
	must(status == 200, "a log that was cosigned is not known");
	record(&a, span_of(body, n));
}

static void
read_all(const char *path)
{
	static bool seen[LOGS_MAX];
	FILE *f = fopen(path, "r");
	char line[256];

	while (f && fgets(line, sizeof line, f)) {
		unsigned log = (unsigned)strtoul(line, NULL, 10);

		must(log < LOGS_MAX, "a log's number");
		seen[log] = true;
	}
	if (f)
		fclose(f);
	for (unsigned i = 0; i < LOGS_MAX; i++)
		if (seen[i])
			read_newest(i);
}

static int
run(char **argv)
{
	struct client c = { .next = next, .answer = answer };

	address = argv[2];
	must(note_vkey_decode(span_str(argv[3]), &witness) == OK, "a vkey");
	file = fopen(argv[4], "a");
	must(file != NULL, "the file");
	first = (unsigned)atoi(argv[5]);
	logs = (unsigned)atoi(argv[6]);
	c.connections = (unsigned)atoi(argv[7]);
	random_state = strtoull(argv[8], NULL, 10) * 2654435761u + 1;
	must(first + logs <= LOGS_MAX && logs &&
		 c.connections <= CONNECTIONS_MAX,
	    "too many");
	read_all(argv[4]);
	snprintf(c.address, sizeof c.address, "%s", address);
	client_run(&c);
	return fclose(file) == 0 ? 0 : 3;
}

struct told {
	unsigned log;
	uint64_t size, seconds;
	struct h32 root;
	double start, end;
};

static struct told *told;
static size_t told_n;

static void
load(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[256], root[65];
	size_t cap = 0;

	must(f != NULL, "the file");
	while (fgets(line, sizeof line, f)) {
		struct told t;
		unsigned long long size, seconds;

		must(sscanf(line, "%u %llu %64s %llu %lf %lf", &t.log, &size,
			 root, &seconds, &t.start, &t.end) == 6 &&
			 text_unhex(span_str(root), t.root.b, 32),
		    "a line");
		t.size = size;
		t.seconds = seconds;
		if (told_n == cap) {
			cap = cap ? 2 * cap : 4096;
			told = realloc(told, cap * sizeof *told);
			must(told != NULL, "memory");
		}
		told[told_n++] = t;
	}
	fclose(f);
}

static int
by_log(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	if (x->log != y->log)
		return x->log < y->log ? -1 : 1;
	return (x->size > y->size) - (x->size < y->size);
}

/* Which of the three histories the largest is of, by its root alone. */
static struct log_branch
history(const struct log_maker *m, const struct told *largest)
{
	struct h32 root;

	for (unsigned tag = 0; tag < 3; tag++) {
		struct log_branch b = branch(largest->log, tag);

		log_maker_root(m, b, largest->size, &root);
		if (h32_eq(&root, &largest->root))
			return b;
	}
	must(false, "a root that no log ever had");
	return (struct log_branch){ 0 };
}

/* All that was told of one log, by size. */
static bool
one_log(const struct told *t, size_t n)
{
	struct log_maker m;
	struct log_branch b;
	struct h32 root;
	bool good = true;

	log_of(&m, t->log);
	b = history(&m, &t[n - 1]);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || t[i].size != t[i - 1].size)
			log_maker_root(&m, b, t[i].size, &root);
		if (!h32_eq(&root, &t[i].root)) {
			printf("log %u: two histories of size %llu\n", t->log,
			    (unsigned long long)t[i].size);
			good = false;
		}
		for (size_t k = 0; k < n; k++)
			if (t[i].end < t[k].start &&
			    (t[i].size > t[k].size ||
				t[i].seconds > t[k].seconds)) {
				printf("log %u went back from %llu to %llu\n",
				    t->log, (unsigned long long)t[i].size,
				    (unsigned long long)t[k].size);
				good = false;
			}
	}
	return good;
}

static int
check(const char *path)
{
	size_t from = 0;
	unsigned many = 0;
	bool good = true;

	load(path);
	qsort(told, told_n, sizeof *told, by_log);
	for (size_t i = 1; i <= told_n; i++) {
		if (i < told_n && told[i].log == told[from].log)
			continue;
		good = one_log(told + from, i - from) && good;
		many++;
		from = i;
	}
	printf("%zu cosignatures of %u logs\n", told_n, many);
	return good ? 0 : 1;
}

static int
family(void)
{
	struct log_maker m;

	log_of(&m, 0);
	log_maker_family(&m, "load.example", stdout);
	return 0;
}

int
main(int argc, char **argv)
{
	must(sodium_init() >= 0, "libsodium");
	if (argc == 9 && strcmp(argv[1], "run") == 0)
		return run(argv);
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return check(argv[2]);
	must(argc == 2 && strcmp(argv[1], "family") == 0, "what?");
	return family();
}
