/* SPDX-License-Identifier: ISC */
#include "postgres.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/migrate.h"
#include "suite.h"

/* The shell ends, and PostgreSQL with it, when nobody holds the other end of
 * its input any more. */
static FILE *to, *from;
static char app[256], super[256];

static void
die(const char *what)
{
	fprintf(stderr, "postgres: %s\n", what);
	abort();
}

static void
become_shell(int in, int out)
{
	dup2(in, 0);
	dup2(out, 1);
	for (int i = 3; i < 256; i++)
		close(i);
	execl("/bin/sh", "sh", "-c",
	    ". tests/lib/pg.sh; pg_start >&2; echo \"$PG_DIR\";"
	    "while read -r line; do eval \"$line\" >&2; echo $?; done",
	    (char *)NULL);
	_exit(127);
}

static bool
line_of(char *buf, size_t n)
{
	if (!fgets(buf, (int)n, from))
		return false;
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

bool
postgres_start(void)
{
	int in[2], out[2];
	char dir[128];

	if (pipe(in) != 0 || pipe(out) != 0)
		die("no pipe");
	fcntl(in[1], F_SETFD, FD_CLOEXEC);
	fcntl(out[0], F_SETFD, FD_CLOEXEC);
	switch (fork()) {
	case -1:
		die("no process");
		break;
	case 0:
		become_shell(in[0], out[1]);
		break;
	default:
		break;
	}
	close(in[0]);
	close(out[1]);
	to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
	if (!to || !from)
		die("no stream");
	if (!line_of(dir, sizeof dir)) {
		printf("skipped: there is no PostgreSQL server here\n");
		return false;
	}
	snprintf(app, sizeof app, "host=%s user=encl_app dbname=encl", dir);
	snprintf(super, sizeof super, "host=%s user=postgres dbname=encl", dir);
	return true;
}

void
postgres_migrate(void)
{
	FILE *null = fopen("/dev/null", "w");

	if (!null || migrate_run(super, null) != OK)
		die("the migrations fail");
	fclose(null);
}

const char *
postgres_app(void)
{
	return app;
}

const char *
postgres_super(void)
{
	return super;
}

static int
tell(const char *line)
{
	char answer[32];

	fprintf(to, "%s\n", line);
	fflush(to);
	if (!line_of(answer, sizeof answer))
		die("the shell is gone");
	return atoi(answer);
}

int
postgres_shell(const char *fmt, ...)
{
	char line[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	return tell(line);
}

const char *
postgres_ask(const char *fmt, ...)
{
	static char answer[4096];
	char sql[2048];
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	if (postgres_shell("psql -XAtq -c \"%s\" >$PG_DIR/answer", sql) != 0)
		die(sql);
	snprintf(answer, sizeof answer, "%.*s/answer",
	    (int)strcspn(super + 5, " "), super + 5);
	f = fopen(answer, "r");
	if (!f || !fgets(answer, sizeof answer, f))
		answer[0] = '\0';
	if (f)
		fclose(f);
	answer[strcspn(answer, "\n")] = '\0';
	return answer;
}

void
postgres_crash(void)
{
	if (postgres_shell("pg_ctl_stop immediate") != 0)
		die("PostgreSQL does not stop");
}

void
postgres_again(void)
{
	if (postgres_shell("pg_ctl_start") != 0)
		die("PostgreSQL does not start");
}

int
postgres_suite(const char *name, const TTest *const *test, size_t n,
    void (*setup)(void), void (*teardown)(void))
{
	if (!postgres_start())
		return 77;
	postgres_migrate();
	return suite_run_fixture(name, test, n, setup, teardown);
}

int
postgres_suite_once(const char *name, const TTest *const *test, size_t n,
    void (*setup)(void), void (*teardown)(void))
{
	TCase *t = tcase_create(name);

	if (!postgres_start())
		return 77;
	postgres_migrate();
	tcase_add_unchecked_fixture(t, setup, teardown);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(t, test[i]);
	return suite_run_cases(name, &t, 1, CK_NOFORK);
}
