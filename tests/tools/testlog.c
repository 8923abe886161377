/* SPDX-License-Identifier: ISC */
/*
 * testlog COMMAND: a log that follows from a seed, and what can be wrong with
 * it.  Everything goes to stdout.
 *	vkey SEED ORIGIN            its verifier key
 *	family SEED NAME            NAME+BASE64, for encl-witness --log-prefix
 *	id ORIGIN                   its SHA-256, as addresses have it
 *	note SEED ORIGIN SIZE [FROM TAG]          a signed checkpoint
 *	ask SEED ORIGIN OLD SIZE [FROM TAG]       a body of add-checkpoint
 *	proof SEED ORIGIN OLD N M [FROM TAG]      its lines before the note,
 *with a proof between two sizes root SEED ORIGIN SIZE ROOT                a
 *checkpoint with any root, 64 hex digits or any word, cosigned VKEY FILE the
 *seconds at which that witness cosigned it FROM TAG: another history, whose
 *leaves differ from FROM on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "chain/hash.h"
#include "chain/split.h"
#include "chain/text.h"
#include "tests/lib/log_maker.h"

static int argc_;
static char **argv_;
static uint8_t room[65536];
static struct out out;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "testlog: %s\n", what);
		exit(2);
	}
}

static uint64_t
number(int i)
{
	must(i < argc_, "a number is missing");
	return strtoull(argv_[i], NULL, 10);
}

static struct log_branch
branch(int i)
{
	struct log_branch b = { 0 };

	if (i + 1 < argc_)
		b = (struct log_branch){ number(i), number(i + 1) };
	return b;
}

static void
vkey(const struct log_maker *m)
{
	note_vkey_encode(&out, &m->key);
	out_put(&out, "\n", 1);
}

static void
family(const struct log_maker *m)
{
	out_put(&out, m->name, strlen(m->name));
	out_put(&out, "+", 1);
	note_base64(&out, h32_span(&m->key.public));
	out_put(&out, "\n", 1);
}

static void
id(void)
{
	struct h32 h;

	must(hash_sha256(span_str(argv_[2]), &h) == OK, "SHA-256");
	text_hex(&out, h32_span(&h));
	out_put(&out, "\n", 1);
}

static void
any_root(const struct log_maker *m)
{
	struct h32 h;

	must(argc_ > 5, "a root");
	must(text_unhex(span_str(argv_[5]), h.b, sizeof h.b) ||
		 hash_sha256(span_str(argv_[5]), &h) == OK,
	    "a root");
	log_maker_sign(m, number(4), &h, &out);
}

static int
cosigned(void)
{
	FILE *f = fopen(argv_[3], "r");
	size_t n = f ? fread(room, 1, sizeof room, f) : 0;
	struct note_key k;
	struct checkpoint c;
	uint64_t seconds;
	enum err e;

	must(n > 0, "the file cannot be read");
	must(note_vkey_decode(span_str(argv_[2]), &k) == OK, "not a vkey");
	e = checkpoint_decode(span_of(room, n), &c);
	if (e == OK)
		e = checkpoint_cosigned_by(&c, &k, &seconds);
	if (e == OK && seconds)
		printf("%llu\n", (unsigned long long)seconds);
	else
		printf("%s\n", e == OK ? "none" : err_code(e));
	return e == OK && seconds ? 0 : 1;
}

static int
convicts(void)
{
	FILE *f = fopen(argv_[3], "r");
	size_t n = f ? fread(room, 1, sizeof room, f) : 0;
	struct note_key k;
	enum err e;

	must(note_vkey_decode(span_str(argv_[2]), &k) == OK, "not a vkey");
	e = split_verify(span_of(room, n), &k);
	printf("%s\n", err_code(e));
	return e == OK ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	struct log_maker m;

	argc_ = argc;
	argv_ = argv;
	out = out_of(room, sizeof room);
	must(argc > 2, "COMMAND ARGUMENTS");
	if (strcmp(word, "cosigned") == 0 && argc == 4)
		return cosigned();
	if (strcmp(word, "convicts") == 0 && argc == 4)
		return convicts();
	if (argc > 3)
		log_maker_begin(&m, argv[2], argv[3]);
	if (strcmp(word, "id") == 0)
		id();
	else if (strcmp(word, "vkey") == 0)
		vkey(&m);
	else if (strcmp(word, "family") == 0)
		family(&m);
	else if (strcmp(word, "note") == 0)
		log_maker_note(&m, branch(5), number(4), &out);
	else if (strcmp(word, "ask") == 0)
		log_maker_ask(&m, branch(6), number(4), number(5), &out);
	else if (strcmp(word, "proof") == 0)
		log_maker_proof(&m, branch(7), number(4), number(5), number(6),
		    &out);
	else if (strcmp(word, "root") == 0)
		any_root(&m);
	else
		must(false, "no such command");
	must(!out.full, "no room");
	return fwrite(out.p, 1, out.n, stdout) == out.n ? 0 : 2;
}
