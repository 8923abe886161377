/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/streams.h"
#include "tests/lib/suite.h"

/* What a program has open that was started with the streams of `closed` shut:
 * its log lines go to stderr, and the file is what it keeps.  0: the file has
 * nothing of them. */
static int
child(unsigned closed, bool fill, const char *file)
{
	struct stat st;
	int fd;

	for (int i = 0; i < 3; i++)
		if (closed >> i & 1)
			(void)close(i);
	if (fill)
		streams_fill();
	fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	(void)!write(STDERR_FILENO, "line\n", 5);
	if (fd < 0 || fstat(fd, &st) != 0)
		return 2;
	return st.st_size != 0;
}

static int
run(unsigned closed, bool fill)
{
	char file[] = "/tmp/encl-streams-XXXXXX";
	int fd = mkstemp(file), status;
	pid_t pid;

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	pid = fork();
	if (pid == 0)
		_exit(child(closed, fill, file));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)unlink(file);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(a_log_line_ends_in_no_file)
{
	for (unsigned closed = 0; closed < 8; closed++)
		ck_assert_int_eq(run(closed, true), 0);
	ck_assert_int_eq(run(4, false), 1); /* it would */
}
END_TEST

static int
open_ones(void)
{
	struct stat null, st;

	(void)close(STDIN_FILENO);
	(void)close(STDERR_FILENO);
	streams_fill();
	if (stat("/dev/null", &null) != 0 || fstat(STDERR_FILENO, &st) != 0 ||
	    st.st_rdev != null.st_rdev || fstat(STDIN_FILENO, &st) != 0 ||
	    st.st_rdev != null.st_rdev)
		return 1;
	/* And nothing more stays open than that. */
	return fcntl(STDERR_FILENO + 1, F_GETFD) >= 0 ? 2 : 0;
}

START_TEST(only_what_was_closed_is_filled)
{
	int status, pipes[2];
	char text[8];
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(pipes[1], STDOUT_FILENO);
		for (int fd = 3; fd < 64; fd++)
			(void)close(fd);
		status = open_ones();
		(void)!write(STDOUT_FILENO, "said", 4);
		_exit(status);
	}
	(void)close(pipes[1]);
	ck_assert_int_eq(read(pipes[0], text, sizeof text), 4);
	ck_assert_int_eq(memcmp(text, "said", 4), 0);
	(void)close(pipes[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_log_line_ends_in_no_file,
		only_what_was_closed_is_filled };

	return SUITE_RUN("streams", t);
}
