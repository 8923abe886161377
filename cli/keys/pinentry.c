/* SPDX-License-Identifier: ISC */
#include "pinentry.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "assuan.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "tty.h"

#define SECRET_MAX 1024
#define TEXT_MAX 300 /* of what is shown; escaped it fits a line */

struct talk {
	const struct pinentry *p;
	pid_t pid;
	int fd;
	char *buf; /* guarded: a line may be the secret */
	size_t have;
	struct assuan answer; /* to the last command */
};

/* Ctrl-C is for the program that asks, which has the terminal. */
static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static enum err
failed(const char *why)
{
	return interrupted
		   ? ERR_DECLINED
		   : fail_with(ERR_PINENTRY, "pinentry: %s", out_line(why));
}

static void
run_child(const char *command, int fd)
{
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)dup2(fd, STDIN_FILENO);
	(void)dup2(fd, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static enum err
start(struct talk *t)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return failed(strerror(errno));
	t->fd = pair[0];
	t->pid = fork();
	if (t->pid == 0)
		run_child(t->p->command, pair[1]);
	(void)close(pair[1]);
	if (t->pid > 0)
		return OK;
	(void)close(t->fd);
	return failed(strerror(errno));
}

static long
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* More of what the program says, before the deadline. */
static enum err
read_more(struct talk *t, long deadline)
{
	for (;;) {
		struct pollfd f = { t->fd, POLLIN, 0 };
		long left = deadline - now_ms();
		int ready = left > 0 ? poll(&f, 1, (int)left) : 0;
		ssize_t r;

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return failed("it does not answer");
		r = read(t->fd, t->buf + t->have, ASSUAN_LINE - t->have);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return failed("it ended without an answer");
		t->have += (size_t)r;
		return OK;
	}
}

/* The next line, in t->buf, without its end and with a NUL; drop_line it. */
static enum err
read_line(struct talk *t, long deadline, size_t *n)
{
	const char *end;

	while ((end = memchr(t->buf, '\n', t->have)) == NULL) {
		if (t->have == ASSUAN_LINE)
			return failed("its line is too long");
		TRY(read_more(t, deadline));
	}
	*n = (size_t)(end - t->buf);
	t->buf[*n] = '\0';
	if (strlen(t->buf) != *n)
		return failed("its line has a NUL");
	return OK;
}

static void
drop_line(struct talk *t, size_t n)
{
	t->have -= n + 1;
	memmove(t->buf, t->buf + n + 1, t->have);
	sodium_memzero(t->buf + t->have, n + 1);
}

/* An answer up to its OK or ERR.  secret NULL: no data may come. */
static enum err
answer(struct talk *t, unsigned ms, struct span *secret)
{
	long deadline = now_ms() + (long)ms;
	struct assuan *a = &t->answer;

	*a = (struct assuan){ .cap = SECRET_MAX };
	if (secret != NULL)
		a->data = (char *)(uintptr_t)secret->p;
	while (!a->done) {
		const char *wrong;
		size_t n = 0;

		TRY(read_line(t, deadline, &n));
		wrong = assuan_take(a, t->buf);
		drop_line(t, n);
		if (wrong != NULL)
			return failed(wrong);
	}
	if (secret != NULL)
		secret->n = a->n;
	return OK;
}

/* What an ERR means to whoever asked. */
static enum err
accepted(const struct talk *t)
{
	switch (t->answer.refused) {
	case 0:
		return OK;
	case ASSUAN_CANCELED:
	case ASSUAN_NOT_CONFIRMED:
	case ASSUAN_FULLY_CANCELED:
		return ERR_DECLINED;
	case ASSUAN_TIMEOUT:
		return failed("nobody answered");
	default:
		return failed(t->answer.why);
	}
}

static enum err
send_line(const struct talk *t, const char *line)
{
	size_t n = strlen(line);

	while (n > 0) {
		ssize_t w = write(t->fd, line, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return failed("it ended without an answer");
		line += w;
		n -= (size_t)w;
	}
	return OK;
}

/* A command with a text, as much of it as one line takes. */
static enum err
tell(struct talk *t, const char *command, const char *text)
{
	const char *plain = out_line(text), *line = "";

	for (size_t i = 0; plain[i] != '\0' && i < TEXT_MAX; i++)
		line = plain[i] == '%' ? mem_printf("%s%%25", line)
				       : mem_printf("%s%c", line, plain[i]);
	TRY(send_line(t, mem_printf("%s %s\n", command, line)));
	return answer(t, t->p->answer_ms, NULL);
}

/* A program need not know an option. */
static enum err
option(struct talk *t, const char *name, const char *value)
{
	return value == NULL || value[0] == '\0'
		   ? OK
		   : tell(t, "OPTION", mem_printf("%s=%s", name, value));
}

static enum err
set(struct talk *t, const char *command, const char *text)
{
	TRY(tell(t, command, text));
	return accepted(t);
}

static enum err
greet(struct talk *t)
{
	const char *tty = ttyname(STDERR_FILENO);

	if (tty == NULL && tty_there())
		tty = "/dev/tty";
	TRY(answer(t, t->p->answer_ms, NULL));
	TRY(accepted(t));
	TRY(option(t, "ttyname", tty));
	TRY(option(t, "ttytype", getenv("TERM")));
	TRY(option(t, "lc-ctype", getenv("LANG")));
	return set(t, "SETTITLE", "encl");
}

/* The last command, which a person answers. */
static enum err
person(struct talk *t, const char *command, struct span *secret)
{
	TRY(send_line(t, mem_printf("%s\n", command)));
	TRY(answer(t, t->p->person_ms, secret));
	return accepted(t);
}

static enum err
secret_talk(struct talk *t, const struct pinentry_ask *ask, struct span *secret)
{
	TRY(greet(t));
	TRY(set(t, "SETDESC", ask->what));
	TRY(set(t, "SETPROMPT", ask->prompt));
	if (ask->error != NULL)
		TRY(set(t, "SETERROR", ask->error));
	TRY(person(t, "GETPIN", secret));
	return secret->n > 0 ? OK : ERR_DECLINED;
}

static enum err
agree_talk(struct talk *t, const char *question)
{
	TRY(greet(t));
	TRY(set(t, "SETDESC", question));
	return person(t, "CONFIRM", NULL);
}

/* It has a second to end by itself, so that it leaves the terminal as it
 * was; one that answered wrongly has none. */
static void
end(struct talk *t, enum err e)
{
	const struct timespec tick = { 0, 5000000 };
	int left = e == ERR_PINENTRY ? 0 : 200;

	if (left > 0 && send_line(t, "BYE\n") != OK)
		left = 0;
	(void)close(t->fd);
	while (left-- > 0) {
		if (waitpid(t->pid, NULL, WNOHANG) == t->pid)
			return;
		(void)nanosleep(&tick, NULL);
	}
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
}

static enum err
run(const struct pinentry *p, const struct pinentry_ask *ask,
    const char *question, struct span *secret)
{
	const struct sigaction on = { .sa_handler = on_interrupt };
	struct talk t = { .p = p };
	struct sigaction was;
	enum err e;

	t.buf = sodium_malloc(ASSUAN_LINE + 1);
	if (t.buf == NULL)
		return ERR_OUT_OF_MEMORY;
	interrupted = 0;
	(void)fflush(stderr);
	(void)sigaction(SIGINT, &on, &was);
	e = start(&t);
	if (e == OK) {
		e = ask != NULL ? secret_talk(&t, ask, secret)
				: agree_talk(&t, question);
		end(&t, e);
	}
	(void)sigaction(SIGINT, &was, NULL);
	sodium_free(t.buf);
	return e;
}

enum err
pinentry_secret(const struct pinentry *p, const struct pinentry_ask *ask,
    struct span *secret)
{
	enum err e;

	*secret = span_of(NULL, 0);
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	*secret = span_of(sodium_malloc(SECRET_MAX), 0);
	if (secret->p == NULL)
		return ERR_OUT_OF_MEMORY;
	e = run(p, ask, NULL, secret);
	if (e != OK)
		pinentry_free(secret);
	return e;
}

void
pinentry_free(struct span *secret)
{
	sodium_free((void *)(uintptr_t)secret->p);
	*secret = span_of(NULL, 0);
}

enum err
pinentry_agree(const struct pinentry *p, const char *question)
{
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	return run(p, NULL, question, NULL);
}
