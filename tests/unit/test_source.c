/* SPDX-License-Identifier: ISC */
/* Secrets from files and descriptors: which line is whose, and whose is none.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/keys/source.h"
#include "cli/mem.h"
#include "tests/lib/capture.h"
#include "tests/lib/suite.h"

static struct cli c;
static char dir[] = "/tmp/encl-source.XXXXXX";
static char pins[64], passphrases[64];

static void
put(const char *path, const char *text, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, n), (ssize_t)n);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* `encl key generate x OPTION VALUE...` up to NULL */
static void
call(const char *a, const char *b, const char *d, const char *e)
{
	static char words[2][16] = { "key", "generate" }, x[] = "x";
	char *const argv[] = { words[0], words[1], x, (char *)(uintptr_t)a,
		(char *)(uintptr_t)b, (char *)(uintptr_t)d,
		(char *)(uintptr_t)e };
	int used, n = 3 + (a != NULL) + (b != NULL) + (d != NULL) + (e != NULL);
	const struct command *cmd = command_find(n, argv, &used);

	source_forget();
	fail_forget();
	ck_assert_ptr_nonnull(cmd);
	ck_assert_int_eq(command_parse(&c, cmd, n - used, argv + used), OK);
}

/* What the next key that asks for this kind is given. */
static void
gives(enum ui_secret_kind kind, const char *want)
{
	struct span s;

	ck_assert_int_eq(source_take(&c, kind, "k", &s), OK);
	ck_assert(span_is(s, want));
	ui_secret_free(&s);
}

static void
refuses(enum ui_secret_kind kind, enum err want)
{
	struct span s;

	ck_assert_int_eq(source_take(&c, kind, "k", &s), want);
	ck_assert_ptr_null(s.p);
}

#define PUT(path, text) put(path, text, sizeof(text) - 1, 0600)

START_TEST(one_line_serves_every_key)
{
	PUT(pins, "123456\n");
	call("--pin-file", pins, NULL, NULL);
	gives(UI_PIN, "123456");
	gives(UI_PIN, "123456");
	gives(UI_PIN, "123456");
}
END_TEST

START_TEST(more_lines_are_one_for_each_key_in_order)
{
	PUT(pins, "111111\r\n222222\n333333");
	call("--pin-file", pins, NULL, NULL);
	gives(UI_PIN, "111111");
	gives(UI_PIN, "222222");
	gives(UI_PIN, "333333");
	refuses(UI_PIN, ERR_SECRET_MISSING);
}
END_TEST

START_TEST(a_pin_is_no_passphrase)
{
	PUT(pins, "123456\n654321\n");
	PUT(passphrases, "first\nsecond\n");
	call("--pin-file", pins, "--passphrase-file", passphrases);
	gives(UI_PASSPHRASE, "first");
	gives(UI_PIN, "123456");
	gives(UI_PASSPHRASE, "second");
	gives(UI_PIN, "654321");
	call("--pin-file", pins, NULL, NULL);
	ck_assert(source_has(&c, UI_PIN));
	ck_assert(!source_has(&c, UI_PASSPHRASE));
	ck_assert(!source_has(&c, UI_PASSPHRASE_NEW));
	ck_assert(!source_has(&c, UI_MANAGEMENT_KEY));
	ck_assert(!source_has(&c, UI_RECOVERY));
}
END_TEST

START_TEST(lines_that_are_no_secret_are_refused)
{
	char *large = mem_new(70000);

	PUT(pins, "");
	call("--pin-file", pins, NULL, NULL);
	refuses(UI_PIN, ERR_SECRET_MISSING);
	PUT(pins, "\n");
	call("--pin-file", pins, NULL, NULL);
	refuses(UI_PIN, ERR_SECRET_MISSING);
	PUT(passphrases, "\r\n");
	call("--passphrase-file", passphrases, NULL, NULL);
	refuses(UI_PASSPHRASE, ERR_PASSPHRASE_MISSING);
	memset(large, 'x', 70000);
	put(pins, large, 1024, 0600);
	call("--pin-file", pins, NULL, NULL);
	large[1024] = '\0';
	gives(UI_PIN, large);
	large[1024] = 'x';
	put(pins, large, 1025, 0600);
	call("--pin-file", pins, NULL, NULL);
	refuses(UI_PIN, ERR_SECRET_MISSING);
	put(pins, large, 70000, 0600);
	call("--pin-file", pins, NULL, NULL);
	refuses(UI_PIN, ERR_FILE_READ);
	call("--pin-file", "/nowhere/at/all", NULL, NULL);
	refuses(UI_PIN, ERR_FILE_READ);
	call("--pin-file", dir, NULL, NULL);
	refuses(UI_PIN, ERR_FILE_READ);
}
END_TEST

START_TEST(who_else_could_read_or_write_it)
{
	put(pins, "1\n", 2, 0600);
	call("--pin-file", pins, NULL, NULL);
	capture_begin();
	gives(UI_PIN, "1");
	ck_assert_str_eq(capture_end(), "");
	put(pins, "1\n", 2, 0640);
	call("--pin-file", pins, NULL, NULL);
	capture_begin();
	gives(UI_PIN, "1");
	ck_assert_ptr_nonnull(strstr(capture_end(), "warning: others can"));
	put(pins, "1\n", 2, 0602);
	call("--pin-file", pins, NULL, NULL);
	refuses(UI_PIN, ERR_CONFIG_OPEN);
}
END_TEST

START_TEST(a_descriptor_is_read_once)
{
	char number[16];
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], "one\ntwo\n", 8), 8);
	close(fd[1]);
	(void)snprintf(number, sizeof number, "%d", fd[0]);
	call("--passphrase-fd", number, NULL, NULL);
	gives(UI_PASSPHRASE_NEW, "one");
	gives(UI_PASSPHRASE, "two");
	refuses(UI_PASSPHRASE, ERR_PASSPHRASE_MISSING);
	close(fd[0]);
	call("--passphrase-fd", "x", NULL, NULL);
	refuses(UI_PASSPHRASE, ERR_USAGE);
	call("--passphrase-fd", "-1", NULL, NULL);
	refuses(UI_PASSPHRASE, ERR_USAGE);
	call("--passphrase-fd", "3x", NULL, NULL);
	refuses(UI_PASSPHRASE, ERR_USAGE);
	call("--passphrase-fd", "60000", NULL, NULL);
	refuses(UI_PASSPHRASE, ERR_FILE_READ);
}
END_TEST

START_TEST(two_sources_are_none)
{
	PUT(pins, "1\n");
	call("--pin-file", pins, "--pin-fd", "0");
	refuses(UI_PIN, ERR_USAGE);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		one_line_serves_every_key,
		more_lines_are_one_for_each_key_in_order,
		a_pin_is_no_passphrase,
		lines_that_are_no_secret_are_refused,
		who_else_could_read_or_write_it,
		a_descriptor_is_read_once,
		two_sources_are_none,
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return EXIT_FAILURE;
	(void)snprintf(pins, sizeof pins, "%s/pins", dir);
	(void)snprintf(passphrases, sizeof passphrases, "%s/pass", dir);
	failed = SUITE_RUN("source", t);
	(void)unlink(pins);
	(void)unlink(passphrases);
	(void)rmdir(dir);
	return failed;
}
