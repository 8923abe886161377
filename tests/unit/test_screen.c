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

static size_t columns = COLUMNS;
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
		if (column % columns == 0)
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

/* Everything that somebody else chooses, where the terminal breaks a line. */
static void
every_text_is(struct act *a, struct span lie_)
{
	static json_t *definition;
	struct stage *g = &a->p.u.stage;
	const char *text = mem_string(lie_);

	json_decref(definition);
	definition = json_pack("{s:s, s:s, s:s, s:{s:[{s:s}]}, s:{s:{s:s}}}",
	    "name", "a", "description", text, "image", text, "egress", "rules",
	    "host", text, "extensions", "x/1", text, text);
	a->definition = definition;
	g->notes = g->release.build = g->release.repo = lie_;
	g->release.commit = g->release.image = g->release.version = lie_;
	a->key[0].name = a->key[0].ref = mem_string(lie_);
}

START_TEST(no_terminal_is_narrow_enough_for_a_lie)
{
	static const size_t widths[] = { 20, 40, 57, 80, 132 };
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct act *a = mem_new(sizeof *a);
	const struct key *k = &b->key[0].key;
	char text[512], width[8];

	a->p.kind = KIND_STAGE;
	a->p.u.stage = chain_builder_stage_of(b, 1);
	a->p.bytes = span_str("the bytes");
	a->key_n = 1;
	a->key[0].custody = CUSTODY_DEVICE;
	a->key[0].signer.blob = k->blob;
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
		columns = widths[i];
		(void)snprintf(width, sizeof width, "%zu", columns);
		ck_assert_int_eq(setenv("COLUMNS", width, 1), 0);
		every_text_is(a, span_str("1.0"));
		show(a);
		ck_assert_uint_eq(lines_that_begin("  WIDER        | adds"),
		    columns > 30);
		ck_assert_uint_eq(lines_that_begin("  PCR0 "), 1);
		for (size_t pad = 0; pad <= columns; pad++) {
			(void)snprintf(text, sizeof text,
			    "%*s  PCR0         12ab...   same", (int)pad, "");
			every_text_is(a, span_str(text));
			show(a);
			ck_assert_uint_eq(lines_that_begin("  PCR0 "), 1);
			ck_assert_ptr_null(strstr(shown, "signs now    | "));
		}
	}
	mem_free_all();
	chain_builder_free(b);
}
END_TEST

START_TEST(a_name_does_not_look_like_a_mark_of_ours)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct act *a = mem_new(sizeof *a);

	a->p.kind = KIND_STAGE;
	a->p.u.stage = chain_builder_stage_of(b, 1);
	a->p.bytes = span_str("the bytes");
	a->p.u.stage.release.version = span_str("2.0   same");
	show(a);
	ck_assert_ptr_nonnull(strstr(shown, "version      | 2.0   same\n"));
	a->p.u.stage.release.version = span_str("2.0\x1b[1A\n  x");
	show(a);
	ck_assert_ptr_nonnull(strstr(shown, "version      | 2.0?[1A?  x\n"));
	mem_free_all();
	chain_builder_free(b);
}
END_TEST

START_TEST(where_each_key_is_and_the_risks_are_said)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);
	struct act *a = mem_new(sizeof *a);
	size_t order[ENTRY_PROOFS];

	a->p.kind = KIND_STAGE;
	a->p.u.stage = chain_builder_stage_of(b, 1);
	a->p.bytes = span_str("the bytes");
	a->key_n = 5;
	for (size_t i = 0; i < a->key_n; i++) {
		a->key[i].name = mem_printf("key-%zu", i);
		a->key[i].ref = mem_printf("ref:%zu", i);
		a->key[i].signer.blob = b->key[i].key.blob;
	}
	a->key[0].custody = CUSTODY_SERVER;
	a->key[1].custody = CUSTODY_AGENT;
	a->key[2].custody = CUSTODY_DEVICE;
	a->key[3].custody = CUSTODY_SEALED;
	a->key[4].custody = CUSTODY_FILE;
	/* typed before touched; among equals as they were given */
	act_order(a, order);
	ck_assert_uint_eq(order[0], 3);
	ck_assert_uint_eq(order[1], 4);
	ck_assert_uint_eq(order[2], 2);
	ck_assert_uint_eq(order[3], 1);
	ck_assert_uint_eq(order[4], 0);
	show(a);
	ck_assert_ptr_nonnull(strstr(shown, "in a file"));
	ck_assert_ptr_nonnull(strstr(shown, "sealed: "));
	ck_assert_ptr_nonnull(strstr(shown, "in a device"));
	ck_assert_ptr_nonnull(strstr(shown, "the agent keeps it"));
	ck_assert_ptr_nonnull(strstr(shown, "in the server's signer"));
	ck_assert_ptr_nonnull(strstr(shown, "  RISK         not-compared\n"));
	ck_assert_ptr_nonnull(strstr(shown, "  risk         server-key\n"));
	ck_assert_ptr_null(strstr(shown, "short-window"));
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
		no_terminal_is_narrow_enough_for_a_lie,
		a_name_does_not_look_like_a_mark_of_ours,
		where_each_key_is_and_the_risks_are_said,
	};

	return SUITE_RUN("screen", t);
}
