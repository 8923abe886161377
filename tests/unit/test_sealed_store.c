/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/keys/sealed_seen.h"
#include "cli/keys/sealed_store.h"
#include "tests/lib/suite.h"

/*
 * What changes a disk goes through these, which take the place of the C
 * library's: the process dies before the step that kill_at says.  Of a write
 * it does half first.
 */
static int kill_at, steps;

static bool
last_step(void)
{
	return kill_at > 0 && ++steps == kill_at;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	if (!last_step())
		return syscall(SYS_write, fd, p, n);
	(void)syscall(SYS_write, fd, p, n / 2);
	(void)raise(SIGKILL);
	return -1;
}

int
fsync(int fd)
{
	if (last_step())
		(void)raise(SIGKILL);
	return (int)syscall(SYS_fsync, fd);
}

int
rename(const char *from, const char *to)
{
	if (last_step())
		(void)raise(SIGKILL);
	return (int)syscall(SYS_rename, from, to);
}

int
unlink(const char *path)
{
	if (last_step())
		(void)raise(SIGKILL);
	return (int)syscall(SYS_unlink, path);
}

static char dir[] = "/tmp/encl-store.XXXXXX";
static char path[64];
static uint8_t k[64];
static struct sealed_secret secret;

static void
seal(struct sealed_file *f, uint64_t seen)
{
	uint8_t c[64], r[20];

	ck_assert_int_eq(sealed_file_next(f, seen), OK);
	sealed_file_challenge(f, k, c);
	ck_assert_int_eq(sealed_file_answer(&secret, c, r), OK);
	ck_assert_int_eq(sealed_file_seal(f, k, r, &secret), OK);
}

static void
clean_up(void)
{
	ck_assert_int_eq(system("rm -rf \"$XDG_STATE_HOME\""), 0);
}

static void
make(void)
{
	struct sealed_file f = { .name = "ops-1",
		.kdf = { .ops = 1, .mem = 8 << 20 },
		.slot = 1,
		.serial_n = 1,
		.serial = { 1 } };
	uint8_t text[SEALED_FILE_MAX], sign[64], any[32] = { 1 };
	struct out o = out_of(text, sizeof text);

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(setenv("XDG_STATE_HOME", dir, 1), 0);
	(void)snprintf(path, sizeof path, "%s/a.key", dir);
	randombytes_buf(k, sizeof k);
	secret.over = 63;
	(void)crypto_scalarmult_base(f.recovery, any);
	(void)crypto_sign_seed_keypair(f.public, sign, secret.seed);
	seal(&f, 0);
	sealed_file_render(&o, &f);
	ck_assert_int_eq(file_create(path, out_span(&o), 0600), OK);
}

/* The file as it is now opens. */
static uint64_t
opens(void)
{
	struct sealed_store s;
	struct sealed_secret got;
	uint8_t c[64], r[20];

	fail_forget();
	ck_assert_int_eq(sealed_store_open(&s, path), OK);
	ck_assert_msg(sealed_store_check_age(&s, false) == OK, "%s",
	    fail_detail());
	sealed_file_challenge(&s.file, k, c);
	ck_assert_int_eq(sealed_file_answer(&secret, c, r), OK);
	ck_assert_int_eq(sealed_file_open(&s.file, k, r, &got), OK);
	sealed_store_close(&s);
	return s.file.epoch;
}

static void
renew(void)
{
	struct sealed_store s;

	ck_assert_int_eq(sealed_store_open(&s, path), OK);
	ck_assert_int_eq(sealed_store_check_age(&s, true), OK);
	seal(&s.file, s.seen);
	ck_assert_int_eq(sealed_store_replace(&s), OK);
	sealed_store_close(&s);
}

/* True: it was killed at this step. */
static bool
renew_killed_at(int step)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		kill_at = step;
		renew();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	return false;
}

START_TEST(whoever_kills_it_at_any_step_loses_nothing)
{
	uint64_t before, after;
	int step = 1, moved = 0;

	make();
	for (; renew_killed_at(step); step++) {
		before = opens();
		moved += before > 1;
		renew();
		after = opens();
		ck_assert_uint_gt(after, before);
		ck_assert_int_eq(access(path, R_OK), 0);
	}
	/* Both sides of the rename were seen, and all of the way. */
	ck_assert_int_gt(step, 6);
	ck_assert_int_gt(moved, 0);
	ck_assert_uint_gt(opens(), 1);
	clean_up();
}
END_TEST

START_TEST(an_old_copy_is_noticed_and_can_be_allowed)
{
	struct sealed_store s;
	struct span old;
	uint64_t seen;

	make();
	ck_assert_int_eq(file_read(path, SEALED_FILE_MAX, &old), OK);
	renew();
	renew();
	ck_assert_int_eq(sealed_store_open(&s, path), OK);
	ck_assert_int_eq(sealed_seen_get(s.file.public, &seen), OK);
	ck_assert_uint_eq(seen, 3);
	sealed_store_close(&s);
	ck_assert_int_eq(file_replace(path, old, 0600), OK);
	ck_assert_int_eq(sealed_store_open(&s, path), OK);
	ck_assert_int_eq(sealed_store_check_age(&s, false), ERR_KEY_OLD_COPY);
	ck_assert_int_eq(sealed_store_check_age(&s, true), OK);
	sealed_store_close(&s);
	/* Once used, it is the newest. */
	renew();
	ck_assert_uint_eq(opens(), 4);
	clean_up();
}
END_TEST

START_TEST(a_file_that_is_not_private_is_refused)
{
	struct sealed_store s;

	make();
	for (unsigned mode = 0; mode < 0100; mode++) {
		ck_assert_int_eq(chmod(path, 0600 | (mode_t)mode), 0);
		fail_forget();
		ck_assert_int_eq(sealed_store_open(&s, path),
		    mode == 0 ? OK : ERR_CONFIG_OPEN);
		sealed_store_close(&s);
	}
	clean_up();
}
END_TEST

START_TEST(no_file_and_no_key_are_two_errors)
{
	struct sealed_store s;

	make();
	ck_assert_int_eq(sealed_store_open(&s, "/nonexistent/x"),
	    ERR_KEY_MISSING);
	sealed_store_close(&s);
	ck_assert_int_eq(file_replace(path, span_str("x"), 0600), OK);
	ck_assert_int_eq(sealed_store_open(&s, path), ERR_KEY_FILE_BAD);
	sealed_store_close(&s);
	clean_up();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { whoever_kills_it_at_any_step_loses_nothing,
		an_old_copy_is_noticed_and_can_be_allowed,
		a_file_that_is_not_private_is_refused,
		no_file_and_no_key_are_two_errors };

	if (sodium_init() < 0)
		return 1;
	return SUITE_RUN("sealed_store", t);
}
