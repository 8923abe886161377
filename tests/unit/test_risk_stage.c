/* SPDX-License-Identifier: ISC */
/* Each risk of a statement is named where it is one, and only there. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/mem.h"
#include "cli/risk_stage.h"
#include "tests/lib/chain_builder.h"
#include "tests/lib/suite.h"

static struct chain_builder *b;
static struct payload p;
static struct risk_stage s;
static json_t *definition;

/* A stage of version 2 while version 1 is in force, with nothing to say. */
static void
begin(void)
{
	b = chain_builder_new(&chain_builder_plain);
	chain_builder_first(b, 1);
	p.kind = KIND_STAGE;
	p.u.stage = chain_builder_stage_of(b, 2);
	p.u.stage.release.repo = span_str("https://git.example.org/p");
	p.u.stage.release.commit = span_str("9f3c2e1");
	s = (struct risk_stage){ .p = &p,
		.st = &b->st,
		.pinned = true,
		.definition = definition = json_object(),
		.now = b->now,
		.here = 1,
		.others = 1 };
}

static void
end(void)
{
	chain_builder_free(b);
	json_decref(definition);
	mem_free_all();
}

static bool
says(const char *name)
{
	struct risks r = { .n = 0 };

	risk_stage(&s, &r);
	ck_assert(risk_stage_known(name));
	return risk_has(&r, name);
}

static size_t
count(void)
{
	struct risks r = { .n = 0 };

	risk_stage(&s, &r);
	return r.n;
}

START_TEST(an_ordinary_upgrade_has_none)
{
	begin();
	ck_assert_uint_eq(count(), 0);
	end();
}
END_TEST

START_TEST(a_window_below_a_day)
{
	begin();
	p.u.stage.delay = RISK_STAGE_SHORT;
	ck_assert(!says("short-window"));
	p.u.stage.delay = RISK_STAGE_SHORT - 1;
	ck_assert(says("short-window"));
	ck_assert(risk_stage_serious("short-window"));
	end();
}
END_TEST

START_TEST(when_it_expires)
{
	uint64_t earliest;

	begin();
	earliest = s.now + p.u.stage.delay;
	p.u.stage.not_before = 0;
	p.u.stage.expires = earliest + RISK_STAGE_LONG;
	ck_assert_uint_eq(count(), 0);
	p.u.stage.expires++;
	ck_assert(says("expires-late"));
	p.u.stage.expires = earliest + RISK_STAGE_BRIEF;
	ck_assert_uint_eq(count(), 0);
	p.u.stage.expires--;
	ck_assert(says("expires-soon"));
	p.u.stage.expires = earliest - 1;
	ck_assert(says("expires-soon"));
	ck_assert(!says("expires-late"));
	/* not_before may be what counts */
	p.u.stage.not_before = earliest + HOUR;
	p.u.stage.expires = earliest + HOUR + RISK_STAGE_BRIEF;
	ck_assert_uint_eq(count(), 0);
	p.u.stage.expires--;
	ck_assert(says("expires-soon"));
	end();
}
END_TEST

START_TEST(a_first_release)
{
	struct state *st;

	begin();
	ck_assert(!says("first-release-without-delay"));
	st = mem_new(sizeof *st);
	*st = b->st;
	st->release_n = 0;
	s.st = st;
	p.u.stage.delay = 0;
	ck_assert(says("first-release-without-delay"));
	ck_assert(!says("short-window"));
	ck_assert(!risk_stage_serious("first-release-without-delay"));
	end();
}
END_TEST

START_TEST(an_open_stage_is_replaced)
{
	begin();
	ck_assert(!says("replaces-open-stage"));
	ck_assert_int_eq(chain_builder_stage(b, &p.u.stage,
			     CONTROL(0) | CONTROL(1)),
	    OK);
	ck_assert(says("replaces-open-stage"));
	end();
}
END_TEST

START_TEST(nothing_was_compared)
{
	begin();
	ck_assert(!says("not-compared"));
	s.st = NULL;
	s.pinned = false;
	ck_assert(says("not-compared"));
	ck_assert(!says("not-pinned"));
	ck_assert(risk_stage_serious("not-compared"));
	/* a genesis has nothing to be compared with */
	p.kind = KIND_GENESIS;
	ck_assert(!says("not-compared"));
	/* and what only stops things is stopped by nothing */
	p.kind = KIND_REVOKE;
	ck_assert_uint_eq(count(), 0);
	end();
}
END_TEST

START_TEST(the_chain_was_not_pinned)
{
	begin();
	s.pinned = false;
	ck_assert(says("not-pinned"));
	ck_assert(risk_stage_serious("not-pinned"));
	p.kind = KIND_REVOKE;
	ck_assert(!says("not-pinned"));
	p.kind = KIND_ENDORSE;
	ck_assert(says("not-pinned"));
	end();
}
END_TEST

START_TEST(what_the_release_says_of_itself)
{
	struct release *r;

	begin();
	r = &p.u.stage.release;
	r->repo = span_of(NULL, 0);
	ck_assert(says("no-source"));
	s.definition = NULL;
	ck_assert(says("definition-unknown"));
	ck_assert(!says("same-pcrs"));
	p.u.stage.release = chain_builder_release(b, 1);
	ck_assert(says("same-pcrs"));
	ck_assert(!says("svn-same"));
	end();
}
END_TEST

static void
measured(const char *name, const char *hex)
{
	json_t *m = json_object();

	ck_assert_int_eq(json_object_set_new(m, name, json_string(hex)), 0);
	ck_assert_int_eq(json_object_set_new(definition, "measurements", m), 0);
}

/* A file that builds write back to is of the build before. */
START_TEST(the_definition_is_of_another_image)
{
	const struct pcrs *registers;
	char hex[2 * PCR_SIZE + 1];

	begin();
	registers = &p.u.stage.release.pcrs;
	(void)snprintf(hex, sizeof hex, "%s",
	    mem_hex(span_of(registers->value[2], PCR_SIZE)));
	measured("pcr2", hex);
	ck_assert(!says("other-measurements"));
	hex[95] = hex[95] == '0' ? '1' : '0';
	measured("pcr2", hex);
	ck_assert(says("other-measurements"));
	/* what the release does not count */
	measured("pcr8", hex);
	ck_assert(!says("other-measurements"));
	end();
}
END_TEST

START_TEST(the_svn_stays)
{
	struct release was;
	struct state *st;
	struct out o;

	begin();
	st = mem_new(sizeof *st);
	*st = b->st;
	was = chain_builder_release(b, 1);
	was.has_svn = true;
	was.svn = 4;
	o = out_of(st->release, sizeof st->release);
	release_encode(&o, &was);
	st->release_n = o.n;
	s.st = st;
	p.u.stage.release.has_svn = true;
	p.u.stage.release.svn = 5;
	ck_assert(!says("svn-same"));
	p.u.stage.release.svn = 4;
	ck_assert(says("svn-same"));
	end();
}
END_TEST

START_TEST(characters_that_are_not_seen)
{
	static const char *const odd[] = { "a\xe2\x80\x8b", "\xef\xbb\xbf",
		"x\xc2\xadx", "\xf3\xa0\x80\xa0", "\xee\x80\x80" };
	static const char *const plain[] = { "", "Zurich", "Z\xc3\xbcrich",
		"\xe4\xb8\xad\xe6\x96\x87", "\xc2\xab \xe2\x80\x94 \xc2\xbb",
		"\xef\xbc\xa1" };

	begin();
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		p.u.stage.notes = span_str(odd[i]);
		ck_assert_msg(says("odd-text"), "%zu", i);
	}
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		p.u.stage.notes = span_str(plain[i]);
		ck_assert_msg(!says("odd-text"), "%zu", i);
	}
	p.u.stage.release.version = span_str(odd[0]);
	ck_assert(says("odd-text"));
	end();
}
END_TEST

START_TEST(who_has_every_key)
{
	begin();
	s.here = 2, s.others = 0;
	ck_assert(says("one-machine"));
	s.here = 1;
	ck_assert(!says("one-machine"));
	s.here = 2, s.others = 1;
	ck_assert(!says("one-machine"));
	s.others = 0, s.server = 1;
	ck_assert(!says("one-machine"));
	ck_assert(says("server-key"));
	s.server = 0;
	ck_assert(!says("server-key"));
	end();
}
END_TEST

START_TEST(names_that_there_are_not)
{
	ck_assert(!risk_stage_known("short-windo"));
	ck_assert(!risk_stage_known(""));
	ck_assert(!risk_stage_serious("nothing"));
	/* those of policies are known too */
	ck_assert(risk_stage_known("no-spare-key"));
	ck_assert(risk_stage_known("no-floor"));
	ck_assert(risk_stage_known("window-shrinks"));
	ck_assert(risk_stage_known("freeze"));
	ck_assert(risk_stage_serious("freeze"));
	ck_assert(risk_stage_serious("no-window"));
	ck_assert(!risk_stage_serious("one-signature"));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		an_ordinary_upgrade_has_none,
		a_window_below_a_day,
		when_it_expires,
		a_first_release,
		an_open_stage_is_replaced,
		nothing_was_compared,
		the_chain_was_not_pinned,
		what_the_release_says_of_itself,
		the_definition_is_of_another_image,
		the_svn_stays,
		characters_that_are_not_seen,
		who_has_every_key,
		names_that_there_are_not,
	};

	return SUITE_RUN("risk_stage", t);
}
