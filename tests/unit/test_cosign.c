/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/hash.h"
#include "system/folder.h"
#include "tests/lib/log_maker.h"
#include "tests/lib/suite.h"
#include "witness/cosign.h"

/* A witness in a folder, with one log; the clocks are the test's. */
static char top[] = "/tmp/encl-cosign.XXXXXX";
static char file[64];
static int folder;
static struct identity self;
static struct admit *logs;
static struct cosigned *seen;
static struct moment moment;
static struct cosign c;
static struct cosign_answer a;
static struct log_maker m;
static struct h32 id;
static unsigned splits;
static uint64_t now = UINT64_C(1800000000); /* seconds, of both clocks */
static const struct log_branch main_branch;

static void
on_split(void *ctx, struct span origin, struct span x, struct span y)
{
	(void)ctx, (void)origin, (void)x, (void)y;
	splits++;
}

static void
open_seen(void)
{
	size_t cut, at;

	ck_assert_int_eq(cosigned_open(folder, identity_journal(&self),
			     &self.key, 3, &seen, &cut, &at),
	    OK);
	moment_begin(&moment, now * 1000, now * 1000, cosigned_newest(seen));
	c = (struct cosign){ &self, logs, seen, &moment, on_split, NULL };
}

static void
setup(void)
{
	char text[NOTE_VKEY_MAX];
	struct out o = out_of(text, sizeof text);

	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(file, sizeof file, "%s/key", top);
	ck_assert_int_eq(folder_open(top, &folder), OK);
	ck_assert_int_eq(identity_make(file, "w.example/1", &self), OK);
	ck_assert_int_eq(cosigned_init(folder, identity_journal(&self),
			     &self.key),
	    OK);
	log_maker_begin(&m, "seed", "log.example/a");
	ck_assert_int_eq(hash_sha256(span_str(m.name), &id), OK);
	ck_assert_int_eq(admit_make(&logs), OK);
	note_vkey_encode(&o, &m.key);
	ck_assert_int_eq(admit_log(logs, out_span(&o)), OK);
	open_seen();
}

static void
teardown(void)
{
	char command[128];

	cosigned_close(seen);
	admit_free(logs);
	identity_close(&self);
	close(folder);
	snprintf(command, sizeof command, "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
	snprintf(top, sizeof top, "/tmp/encl-cosign.XXXXXX");
}

static unsigned
ask(struct log_branch b, uint64_t old, uint64_t size)
{
	uint8_t body[LOG_MAKER_ASK];
	struct out o = out_of(body, sizeof body);

	log_maker_ask(&m, b, old, size, &o);
	cosign_add(&c, out_span(&o), now * 1000, now * 1000, &a);
	return a.status;
}

/* The time of the cosignature that was answered. */
static uint64_t
seconds_of(struct log_branch b, uint64_t size)
{
	uint8_t note[2 * LOG_MAKER_NOTE];
	struct out o = out_of(note, sizeof note);
	struct checkpoint p;
	uint64_t seconds;

	log_maker_note(&m, b, size, &o);
	out_put(&o, a.body, a.n);
	ck_assert_int_eq(checkpoint_decode(out_span(&o), &p), OK);
	ck_assert_int_eq(checkpoint_cosigned_by(&p, &self.key, &seconds), OK);
	return seconds;
}

START_TEST(nothing_is_answered_for_before_it_is_on_disk)
{
	setup();
	ck_assert(!cosigned_pending(seen));
	ck_assert_uint_eq(ask(main_branch, 0, 5), 200);
	ck_assert(cosigned_pending(seen));
	ck_assert_int_eq(cosigned_flush(seen), OK);
	ck_assert(!cosigned_pending(seen));
	/* the same within a second is no new record, a second later it is */
	ck_assert_uint_eq(ask(main_branch, 5, 5), 200);
	ck_assert(!cosigned_pending(seen));
	now++;
	ck_assert_uint_eq(ask(main_branch, 5, 5), 200);
	ck_assert(cosigned_pending(seen));
	/* a refusal changes nothing */
	ck_assert_int_eq(cosigned_flush(seen), OK);
	ck_assert_uint_eq(ask(main_branch, 4, 6), 409);
	ck_assert_uint_eq(ask((struct log_branch){ 2, 1 }, 5, 9), 422);
	ck_assert(!cosigned_pending(seen));
	teardown();
}
END_TEST

START_TEST(what_was_flushed_is_there_after_a_crash_and_nothing_else)
{
	setup();
	ck_assert_uint_eq(ask(main_branch, 0, 5), 200);
	ck_assert_int_eq(cosigned_flush(seen), OK);
	ck_assert_uint_eq(ask(main_branch, 5, 9), 200);
	cosigned_close(seen); /* not flushed, and so not answered */
	open_seen();
	ck_assert_uint_eq(ask(main_branch, 9, 9), 409);
	ck_assert(span_is(span_of(a.body, a.n), "5\n"));
	ck_assert_uint_eq(ask((struct log_branch){ 3, 1 }, 5, 9), 422);
	ck_assert_uint_eq(ask((struct log_branch){ 5, 1 }, 5, 9), 200);
	teardown();
}
END_TEST

START_TEST(times_of_a_log_never_go_back)
{
	const uint64_t first = now;

	setup();
	ck_assert_uint_eq(ask(main_branch, 0, 5), 200);
	ck_assert_uint_eq(seconds_of(main_branch, 5), first);
	now = first - 200; /* both clocks: as after a restart */
	moment_begin(&moment, now * 1000, now * 1000, cosigned_newest(seen));
	ck_assert_uint_eq(ask(main_branch, 5, 5), 200);
	ck_assert_uint_eq(seconds_of(main_branch, 5), first);
	ck_assert_uint_eq(ask(main_branch, 5, 8), 200);
	ck_assert_uint_eq(seconds_of(main_branch, 8), first);
	now = first + 1;
	ck_assert_uint_eq(ask(main_branch, 8, 8), 200);
	ck_assert_uint_eq(seconds_of(main_branch, 8), first + 1);
	now = first;
	teardown();
}
END_TEST

START_TEST(a_clock_that_is_wrong_cosigns_nothing)
{
	setup();
	ck_assert_uint_eq(ask(main_branch, 0, 5), 200);
	ck_assert_int_eq(cosigned_flush(seen), OK);
	now -= 301;
	moment_begin(&moment, now * 1000, now * 1000, cosigned_newest(seen));
	ck_assert_uint_eq(ask(main_branch, 5, 6), 503);
	ck_assert_int_eq(a.why, ERR_CLOCK);
	ck_assert(!cosigned_pending(seen));
	now += 301;
	ck_assert_uint_eq(cosigned_find(seen, &id)->size, 5);
	teardown();
}
END_TEST

START_TEST(two_histories_are_noticed_once_whatever_else_is_wrong)
{
	const struct log_branch other = { 2, 1 };

	setup();
	splits = 0;
	ck_assert_uint_eq(ask(main_branch, 0, 5), 200);
	ck_assert_uint_eq(ask(other, 0, 4), 409);
	ck_assert_uint_eq(splits, 0);
	ck_assert_uint_eq(ask(other, 3, 5), 409);
	ck_assert_uint_eq(splits, 1);
	ck_assert_uint_eq(ask(other, 5, 5), 422);
	ck_assert_uint_eq(splits, 1);
	teardown();
}
END_TEST

START_TEST(a_log_too_many_is_refused_and_those_that_are_there_go_on)
{
	char text[400];
	struct out o = out_of(text, sizeof text);

	setup();
	out_put(&o, "f.example+", 10);
	note_base64(&o, h32_span(&m.key.public));
	ck_assert_int_eq(admit_prefix(logs, out_span(&o)), OK);
	for (unsigned i = 0; i < 4; i++) {
		char name[100];

		snprintf(name, sizeof name, "f.example/%064u", i);
		log_maker_begin(&m, "seed", name);
		ck_assert_uint_eq(ask(main_branch, 0, 1), i < 3 ? 200 : 503);
	}
	ck_assert_int_eq(a.why, ERR_WITNESS_FULL);
	log_maker_begin(&m, "seed",
	    "f.example/"
	    "0000000000000000000000000000000000000000000000000000000000000000");
	ck_assert_uint_eq(ask(main_branch, 1, 2), 200);
	teardown();
}
END_TEST

/* A note with a line that is too much, signed by the log. */
static unsigned
ask_long(size_t extension)
{
	static uint8_t body[LOG_MAKER_ASK + 8192], text[8192];
	struct out o = out_of(body, sizeof body);
	struct out t = out_of(text, sizeof text);
	uint8_t sig[64];
	struct h32 root;

	log_maker_root(&m, main_branch, 5, &root);
	checkpoint_text(&t, span_str(m.name), 5, &root);
	memset(t.p + t.n, 'x', extension);
	t.n += extension;
	out_put(&t, "\n", 1);
	crypto_sign_detached(sig, NULL, t.p, t.n, m.secret);
	out_put(&o, "old 0\n\n", 7);
	out_put(&o, t.p, t.n);
	out_put(&o, "\n", 1);
	note_sign_line(&o, &m.key, span_of(sig, sizeof sig));
	cosign_add(&c, out_span(&o), now * 1000, now * 1000, &a);
	return a.status;
}

START_TEST(further_lines_are_cosigned_and_kept_as_far_as_there_is_room)
{
	setup();
	ck_assert_uint_eq(ask_long(COSIGNED_NOTE), 413);
	ck_assert(!cosigned_pending(seen));
	ck_assert_uint_eq(ask_long(2000), 200);
	cosign_newest(&c, &id, &a);
	ck_assert_uint_eq(a.status, 200);
	ck_assert_uint_gt(a.n, 2000);
	teardown();
}
END_TEST

START_TEST(the_record_is_made_short_and_says_the_same)
{
	struct cosigned_log was;
	unsigned shorter = 0;

	setup();
	ck_assert_uint_eq(ask_long(2000), 200);
	was = *cosigned_find(seen, &id);
	for (unsigned i = 0; i < 100; i++) {
		size_t before = cosigned_size(seen);
		uint8_t copy[COSIGNED_NOTE];

		memcpy(copy, cosigned_find(seen, &id)->note.p, was.note.n);
		was.note = span_of(copy, was.note.n);
		for (unsigned k = 0; k < 120; k++)
			ck_assert_int_eq(cosigned_put(seen, &was), OK);
		ck_assert_int_eq(cosigned_flush(seen), OK);
		shorter += cosigned_size(seen) < before;
	}
	ck_assert_uint_eq(shorter, 1);
	cosigned_close(seen);
	open_seen();
	ck_assert_uint_eq(cosigned_count(seen), 1);
	ck_assert_uint_eq(cosigned_find(seen, &id)->size, 5);
	ck_assert_uint_eq(cosigned_find(seen, &id)->note.n, was.note.n);
	ck_assert_uint_eq(cosigned_newest(seen), now);
	teardown();
}
END_TEST

/* What the child that is killed has on disk, and whether the next flush makes
 * the record anew. */
struct shared {
	_Atomic uint64_t flushed;
	_Atomic bool near;
};

static struct span
note_of(uint64_t seconds, uint8_t *room, size_t cap)
{
	const struct span text = cosigned_find(seen, &id)->note;
	struct out o = out_of(room, cap);
	struct checkpoint p;
	uint8_t sig[CHECKPOINT_COSIG];

	ck_assert_int_eq(checkpoint_decode(text, &p), OK);
	ck_assert_int_eq(identity_cosign(&self, seconds, p.note.text, sig), OK);
	out_put(&o, p.note.text.p, p.note.text.n);
	out_put(&o, "\n", 1);
	note_sign_line(&o, &self.key, span_of(sig, sizeof sig));
	ck_assert(!o.full);
	return out_span(&o);
}

static void
write_until_killed(struct shared *s)
{
	uint64_t seconds = cosigned_newest(seen);

	for (;;) {
		uint8_t room[COSIGNED_NOTE];
		struct cosigned_log l = *cosigned_find(seen, &id);

		l.seconds = ++seconds;
		l.note = note_of(seconds, room, sizeof room);
		for (unsigned k = 0; k < 400; k++)
			ck_assert_int_eq(cosigned_put(seen, &l), OK);
		s->near = cosigned_size(seen) > ((size_t)15 << 20);
		ck_assert_int_eq(cosigned_flush(seen), OK);
		s->flushed = seconds;
	}
}

START_TEST(a_kill_while_the_record_is_made_short_loses_nothing)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	setup();
	ck_assert_uint_eq(ask_long(2000), 200);
	ck_assert_int_eq(cosigned_flush(seen), OK);
	for (unsigned round = 0; round < 25; round++) {
		pid_t child;

		s->flushed = cosigned_newest(seen);
		s->near = false;
		child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0)
			write_until_killed(s);
		while (!s->near)
			usleep(200);
		usleep(round * 997 % 12000);
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		cosigned_close(seen);
		open_seen();
		ck_assert_uint_ge(cosigned_newest(seen), s->flushed);
		ck_assert_uint_le(cosigned_newest(seen), s->flushed + 1);
	}
	munmap(s, sizeof *s);
	teardown();
}
END_TEST

START_TEST(a_record_is_of_one_key)
{
	struct identity other;
	size_t cut, at;
	struct cosigned *none;
	char path[80];

	setup();
	snprintf(path, sizeof path, "%s/other", top);
	ck_assert_int_eq(identity_make(path, "w.example/2", &other), OK);
	cosigned_close(seen);
	ck_assert_int_eq(cosigned_open(folder, identity_journal(&other),
			     &other.key, 3, &none, &cut, &at),
	    ERR_JOURNAL);
	ck_assert_int_eq(cosigned_open(folder, identity_journal(&self),
			     &other.key, 3, &none, &cut, &at),
	    ERR_JOURNAL);
	open_seen();
	identity_close(&other);
	teardown();
}
END_TEST

START_TEST(a_key_is_read_as_it_was_written_and_not_when_others_may_read_it)
{
	struct identity again;

	setup();
	ck_assert_int_eq(identity_open(file, NULL, &again), OK);
	ck_assert_uint_eq(again.key.id, self.key.id);
	ck_assert(h32_eq(&again.key.public, &self.key.public));
	ck_assert(span_is(again.key.name, "w.example/1"));
	identity_close(&again);
	ck_assert_int_eq(chmod(file, 0640), 0);
	ck_assert_int_eq(identity_open(file, NULL, &again), ERR_CONFIG_OPEN);
	identity_close(&again);
	ck_assert_int_eq(identity_make(file, "w.example/1", &again),
	    ERR_FILE_EXISTS);
	identity_close(&again);
	teardown();
}
END_TEST

/* What golang.org/x/mod/sumdb/note writes. */
START_TEST(a_key_of_another_program_is_read)
{
	static const char line[] = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVF"
				   "GyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";
	static const struct {
		size_t at;
		char c;
	} change[] = { { 0, 'p' }, { 12, 'Q' }, { 25, 'd' }, { 34, 'B' },
		{ sizeof line - 2, '=' } };
	struct identity w;
	char path[80], text[sizeof line];
	struct span s;

	setup();
	snprintf(path, sizeof path, "%s/go", top);
	s = span_of(line, sizeof line - 1);
	ck_assert_int_eq(folder_new_file(AT_FDCWD, path, s), OK);
	ck_assert_int_eq(identity_open(path, NULL, &w), OK);
	ck_assert(span_is(w.key.name, "PeterNeumann"));
	identity_close(&w);
	for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
		memcpy(text, line, sizeof text);
		text[change[i].at] = change[i].c;
		unlink(path);
		s = span_of(text, sizeof text - 1);
		ck_assert_int_eq(folder_new_file(AT_FDCWD, path, s), OK);
		ck_assert_msg(identity_open(path, NULL, &w) == ERR_KEY_FILE_BAD,
		    "%s", text);
		identity_close(&w);
	}
	teardown();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { nothing_is_answered_for_before_it_is_on_disk,
		what_was_flushed_is_there_after_a_crash_and_nothing_else,
		times_of_a_log_never_go_back,
		a_clock_that_is_wrong_cosigns_nothing,
		two_histories_are_noticed_once_whatever_else_is_wrong,
		a_log_too_many_is_refused_and_those_that_are_there_go_on,
		further_lines_are_cosigned_and_kept_as_far_as_there_is_room,
		the_record_is_made_short_and_says_the_same,
		a_kill_while_the_record_is_made_short_loses_nothing,
		a_record_is_of_one_key,
		a_key_is_read_as_it_was_written_and_not_when_others_may_read_it,
		a_key_of_another_program_is_read };

	return SUITE_RUN("cosign", t);
}
