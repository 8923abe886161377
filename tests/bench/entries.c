/* SPDX-License-Identifier: ISC */
/*
 * entries ORG ENCLAVE FIRST CHAINS LENGTH: SQL on stdout that stores whole
 * chains, each of LENGTH entries that the rules accept, for enclaves of that
 * organisation whose ids count from ENCLAVE.  For set-up: nothing but the
 * rules' state table is judged, and all constraints and triggers of the tables
 * hold.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain/attest.h"
#include "chain/rules.h"
#include "chain/text.h"
#include "tests/lib/fleet.h"

static struct fleet fleet;
static struct state state;
static struct entry entry;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "entries: %s\n", what);
		exit(3);
	}
}

static void
put_hex(FILE *f, struct span s)
{
	static char hex[2 * STATE_ENCODED_MAX + 1];
	struct out o = out_of(hex, sizeof hex);

	text_hex(&o, s);
	fputs("\\\\x", f);
	fputs(hex, f);
}

static enum err
known_good(void *ctx, const struct check *k)
{
	(void)ctx, (void)k;
	return OK;
}

/* One more entry of the chain: the statement t, in its place. */
static void
add(struct span t)
{
	static const struct rules rules = { .root = &attest_root_aws,
		.root_n = 1,
		.level = LEVEL_SIGNED,
		.check = known_good };
	static struct statement s;
	uint8_t buf[FLEET_STATEMENT];
	struct out o = out_of(buf, sizeof buf);
	bool first = state.next_seq == 0;

	must(entry_statement_decode(t, &s) == OK, "statement");
	must(entry_encode(&o, first ? NULL : &state.chain, state.next_seq,
		 first ? NULL : &state.head, s.payload, s.proof,
		 s.proof_n) == OK,
	    "entry");
	must(entry_decode(out_span(&o), &entry) == OK &&
		 rules_next(&rules, &state, &entry) == OK,
	    "the rules say no");
	put_hex(stdout, entry.bytes);
	puts("\t");
}

/* The chain's row, when all entries stand. */
static void
add_row(FILE *rows, long org, long enclave)
{
	static uint8_t buf[STATE_ENCODED_MAX];
	struct out o = out_of(buf, sizeof buf);

	state_encode(&o, &state);
	put_hex(rows, h32_span(&state.chain));
	fprintf(rows, "\t%ld\t%ld\tf\t", org, enclave);
	put_hex(rows, h32_span(&state.head));
	fprintf(rows, "\t%llu\t%d\t", (unsigned long long)state.next_seq,
	    (int)state.phase);
	put_hex(rows, out_span(&o));
	fputc('\n', rows);
}

int
main(int argc, char **argv)
{
	char *text = NULL;
	size_t size = 0;
	FILE *rows = open_memstream(&text, &size);
	uint8_t buf[FLEET_STATEMENT];

	must(argc == 6 && rows, "ORG ENCLAVE FIRST CHAINS LENGTH");
	fleet_init(&fleet, 1);
	puts("BEGIN; COPY encl.entry (bytes, request_id) FROM STDIN;");
	for (long i = 0; i < atol(argv[4]); i++) {
		long n = atol(argv[3]) + i;
		struct fleet_chain c;

		state = (struct state){ 0 };
		add(fleet_genesis(&fleet, &c, (uint32_t)n, buf));
		for (long k = 1; k < atol(argv[5]); k++)
			add(fleet_next(&fleet, &c, (unsigned)k, buf));
		add_row(rows, atol(argv[1]), atol(argv[2]) + n);
	}
	fclose(rows);
	puts("\\.\nCOPY encl.chain (chain, org, enclave, private, head, "
	     "next_seq, phase, state) FROM STDIN;");
	fwrite(text, 1, size, stdout);
	puts("\\.\nCOMMIT;");
	free(text);
	return 0;
}
