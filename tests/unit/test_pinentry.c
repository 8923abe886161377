/* SPDX-License-Identifier: ISC */
/* A pinentry program asks, and one that misbehaves is an error and no secret.
 */
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/keys/pinentry.h"
#include "cli/mem.h"
#include "tests/lib/suite.h"

static char dir[] = "/tmp/encl-pinentry.XXXXXX";

/* A program that answers GETPIN and CONFIRM with this piece of shell, and
 * writes down what it is told. */
static const char *
program(const char *answer)
{
	char *path = mem_printf("%s/program", dir);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "echo 'OK Pleased to meet you'\n"
	    "while IFS= read -r line; do\n"
	    "echo \"$line\" >>%s/told\n"
	    "case $line in\n"
	    "GETPIN|CONFIRM) %s ;;\n"
	    "OPTION*) echo 'ERR 83886254 Unknown option <Pinentry>' ;;\n"
	    "BYE) echo OK; exit ;;\n"
	    "*) echo OK ;;\n"
	    "esac\n"
	    "done\n",
	    dir, answer);
	fclose(f);
	unlink(mem_printf("%s/told", dir));
	return mem_printf("sh %s", path);
}

static const char *
told(void)
{
	static char text[65536];
	FILE *f = fopen(mem_printf("%s/told", dir), "r");

	ck_assert_ptr_nonnull(f);
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	return text;
}

static const struct pinentry_ask ask = { "PIN for 100% of\nyubikey 1",
	"PIN:", "wrong\x1b" };

static enum err
secret_of(const char *command, struct span *s)
{
	const struct pinentry p = { command, 20000, 20000 };

	fail_forget();
	return pinentry_secret(&p, &ask, s);
}

START_TEST(what_was_typed_comes_back_as_it_was_typed)
{
	struct span s;

	ck_assert_int_eq(secret_of(program("echo 'S ok'; echo 'D 12%2534'; "
					   "echo '# x'; "
					   "echo 'D %0a%E4 5'; echo OK"),
			     &s),
	    OK);
	ck_assert(span_is(s, "12%34\n\xe4 5"));
	pinentry_free(&s);
	/* and nothing of what is asked can be a line of its own */
	ck_assert_ptr_nonnull(
	    strstr(told(), "\nSETDESC PIN for 100%25 of?yubikey 1\n"));
	ck_assert_ptr_nonnull(strstr(told(), "\nSETPROMPT PIN:\n"));
	ck_assert_ptr_nonnull(strstr(told(), "\nSETERROR wrong?\n"));
	mem_free_all();
}
END_TEST

START_TEST(a_long_answer_has_its_limit)
{
	struct span s;

	ck_assert_int_eq(secret_of(program("for i in 1 2 3 4; do printf 'D "
					   "%256s\\n' x; "
					   "done; echo OK"),
			     &s),
	    OK);
	ck_assert_uint_eq(s.n, 1024);
	pinentry_free(&s);
	ck_assert_int_eq(secret_of(program("for i in 1 2 3 4; do printf 'D "
					   "%256s\\n' x; "
					   "done; echo 'D y'; echo OK"),
			     &s),
	    ERR_PINENTRY);
	ck_assert_ptr_null(s.p);
	mem_free_all();
}
END_TEST

START_TEST(cancelling_declines)
{
	struct pinentry p = { NULL, 20000, 20000 };
	struct span s;

	ck_assert_int_eq(secret_of(program("echo 'ERR 83886179 cancelled'"),
			     &s),
	    ERR_DECLINED);
	ck_assert_ptr_null(s.p);
	/* an empty entry is no PIN that would cost a try */
	ck_assert_int_eq(secret_of(program("echo OK"), &s), ERR_DECLINED);
	p.command = program("echo 'ERR 83886194 no'");
	ck_assert_int_eq(pinentry_agree(&p, "Try?"), ERR_DECLINED);
	mem_free_all();
}
END_TEST

START_TEST(a_question_is_agreed_to)
{
	const struct pinentry p = { program("echo OK"), 20000, 20000 };

	ck_assert_int_eq(pinentry_agree(&p, "Try?"), OK);
	ck_assert_ptr_nonnull(strstr(told(), "\nSETDESC Try?\nCONFIRM\n"));
	mem_free_all();
}
END_TEST

START_TEST(garbage_is_an_error)
{
	static const char *const commands[] = {
		"true",                              /* ends at once */
		"/nonexistent/pinentry",             /* is not there */
		"echo hello; cat >/dev/null",        /* no greeting */
		"echo OKAY; cat >/dev/null",         /* nearly one */
		"printf 'O'; exit",                  /* half of one */
		"printf 'OK\\0\\n'; cat >/dev/null", /* a NUL */
		"head -c 2000 /dev/zero | tr '\\0' x; cat >/dev/null",
		"echo 'ERR 0 x'; cat >/dev/null", /* an error that is none */
		"echo 'ERR 83886340 x'; cat >/dev/null",
		"echo 'D data'; echo OK; cat >/dev/null", /* unasked data */
		"yes '# nothing' | head -c 2000000; exit",
	};
	static const char *const answers[] = {
		"echo 'D 12%2'; echo OK",
		"echo 'D %zz'; echo OK",
		"echo 'D 1'; exit",
		"echo 'D 1'; echo 'ERR 83886142 timeout'",
		"echo 'INQUIRE x'",
		"echo 'd 1'; echo OK",
		"echo OKAY",
		"kill -KILL $$",
	};
	struct span s;

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		ck_assert_msg(secret_of(commands[i], &s) == ERR_PINENTRY, "%s",
		    commands[i]);
		ck_assert_ptr_null(s.p);
	}
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		ck_assert_msg(secret_of(program(answers[i]), &s) ==
				  ERR_PINENTRY,
		    "%s", answers[i]);
		ck_assert_ptr_null(s.p);
	}
	mem_free_all();
}
END_TEST

START_TEST(one_that_hangs_is_ended)
{
	const struct pinentry silent = { "exec sleep 300", 50, 20000 };
	const struct pinentry slow = { program("exec sleep 300"), 20000, 50 };
	/* lines that are no answer do not put the end off */
	const struct pinentry chatty = { "exec yes '# wait'", 50, 50 };
	struct span s;

	ck_assert_int_eq(pinentry_secret(&silent, &ask, &s), ERR_PINENTRY);
	ck_assert_ptr_null(s.p);
	ck_assert_int_eq(pinentry_secret(&slow, &ask, &s), ERR_PINENTRY);
	ck_assert_ptr_null(s.p);
	ck_assert_int_eq(pinentry_agree(&chatty, "x"), ERR_PINENTRY);
	mem_free_all();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		what_was_typed_comes_back_as_it_was_typed,
		a_long_answer_has_its_limit,
		cancelling_declines,
		a_question_is_agreed_to,
		garbage_is_an_error,
		one_that_hangs_is_ended,
	};
	int failed;

	(void)signal(SIGPIPE, SIG_IGN); /* as main does */
	if (mkdtemp(dir) == NULL)
		return EXIT_FAILURE;
	failed = SUITE_RUN("pinentry", t);
	(void)unlink(mem_printf("%s/program", dir));
	(void)unlink(mem_printf("%s/told", dir));
	(void)rmdir(dir);
	mem_free_all();
	return failed;
}
