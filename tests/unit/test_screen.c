/* SPDX-License-Identifier: ISC */
/* What is shown before a signature, to somebody who must not be misled. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/mem.h"
#include "cli/screen.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

#define COLUMNS 80

static char shown[65536];

/* What a->p looks like on stderr. */
static void
show(const struct act *a)
{
	FILE *f = tmpfile();
	int keep = dup(STDERR_FILENO);
	enum err e;

	fflush(stderr);
	dup2(fileno(f), STDERR_FILENO);
	e = screen_show(a);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	ck_assert_int_eq(e, OK);
	rewind(f);
	shown[fread(shown, 1, sizeof shown - 1, f)] = '\0';
	fclose(f);
}

/* How often something stands where a line of the screen begins, on a terminal
 * that breaks what is too long. */
static unsigned
lines_that_begin(const char *with)
{
	unsigned n = 0;
	size_t column = 0;

	for (const char *p = shown; *p; p++) {
		if (column % COLUMNS == 0)
			n += strncmp(p, with, strlen(with)) == 0;
		column = *p == '\n' ? 0 : column + 1;
	}
	return n;
}

/* Spaces up to the end of the line that the text stands in, then a lie. */
static struct span
lie(char *buf, size_t cap, size_t before)
{
	int n = snprintf(buf, cap, "%*s%-*s", (int)(COLUMNS - before), "fine",
	    COLUMNS, "  PCR0         1234567890abcdef...   same");

	return span_of(buf, (size_t)n);
}

START_TEST(what_others_wrote_looks_like_nothing_of_ours)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct act *a = mem_new(sizeof *a);
	char notes[512], build[512], repo[512], image[512];

	a->p.kind = KIND_STAGE;
	a->p.u.stage = chain_builder_stage_of(b, 1);
	a->p.bytes = span_str("the bytes");
	show(a);
	ck_assert_uint_eq(lines_that_begin("  PCR0 "), 1);
	a->p.u.stage.notes = lie(notes, sizeof notes, 15);
	a->p.u.stage.release.build = lie(build, sizeof build, 15);
	a->p.u.stage.release.repo = lie(repo, sizeof repo, 15);
	a->p.u.stage.release.commit = a->p.u.stage.release.repo;
	a->p.u.stage.release.image = lie(image, sizeof image, 15);
	show(a);
	ck_assert_uint_eq(lines_that_begin("  PCR0 "), 1);
	ck_assert_ptr_nonnull(strstr(shown, "1234567890abcdef...   same"));
	mem_free_all();
	chain_builder_free(b);
}
END_TEST

START_TEST(a_key_is_its_fingerprint_and_not_its_name)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct act *a = mem_new(sizeof *a);
	char name[64];
	struct entry e;

	ck_assert_int_eq(entry_decode(chain_builder_entry(b, 0), &e), OK);
	ck_assert_int_eq(payload_decode(e.payload, &a->p), OK);
	show(a);
	ck_assert_uint_eq(lines_that_begin("  control "), 1);
	/* where the name of a second key could come to stand */
	(void)snprintf(name, sizeof name, "%*s  guardians    SHA256:Zm9ydHk",
	    COLUMNS - 15 - 50 - 2, "x");
	a->p.u.genesis.policy.control.key[0].name = span_str(name);
	a->p.u.genesis.policy.control.key[0].has_evidence = true;
	show(a);
	ck_assert_uint_eq(lines_that_begin("  guardians "), 1);
	/* and where the names of all stand together */
	(void)snprintf(name, sizeof name, "%*s  threshold    1 of 1",
	    COLUMNS - 15 -
		(int)strlen("1 of guardian 1, guardian 2, "
			    "guardian 3; or 2 of "),
	    "");
	a->p.u.genesis.policy.control.key[0].name = span_str(name);
	show(a);
	ck_assert_uint_eq(lines_that_begin("  threshold "), 1);
	ck_assert_ptr_nonnull(strstr(shown, "evidence 0000"));
	mem_free_all();
	chain_builder_free(b);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		what_others_wrote_looks_like_nothing_of_ours,
		a_key_is_its_fingerprint_and_not_its_name,
	};

	return SUITE_RUN("screen", t);
}
