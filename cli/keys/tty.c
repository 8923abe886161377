/* SPDX-License-Identifier: ISC */
#include "tty.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"

#define SECRET_MAX 1024
#define CTRL_C 3
#define CTRL_BACKSLASH 28

static int
open_tty(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

bool
tty_there(void)
{
	int fd = open_tty();

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

size_t
tty_columns(int fd)
{
	const char *text = getenv("COLUMNS");
	struct winsize w;
	long n;

	if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
		return w.ws_col;
	n = text != NULL ? strtol(text, NULL, 10) : 0;
	return n > 0 && n < 10000 ? (size_t)n : 80;
}

/* Signals are off: a Ctrl-C that killed the program here would leave the
 * terminal without echo.  It ends the line instead, and so is read. */
static bool
prepare(int tty, bool echo, struct termios *was)
{
	struct termios now;

	if (tcgetattr(tty, was) != 0)
		return false;
	now = *was;
	now.c_lflag &= ~(tcflag_t)(ISIG | ECHO | ECHONL);
	now.c_lflag |= (tcflag_t)ICANON | (echo ? (tcflag_t)ECHO : 0);
	now.c_iflag |= ICRNL;
	now.c_cc[VEOL] = CTRL_C;
	now.c_cc[VEOL2] = CTRL_BACKSLASH;
	return tcsetattr(tty, TCSAFLUSH, &now) == 0;
}

static void
say(int tty, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t w = write(tty, text, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return;
		text += w;
		n -= (size_t)w;
	}
}

/* One line without its newline.  cap has room for the newline. */
static enum err
read_line(int tty, char *buf, size_t cap, size_t *n)
{
	ssize_t r;

	do
		r = read(tty, buf, cap);
	while (r < 0 && errno == EINTR);
	if (r == (ssize_t)cap && buf[cap - 1] != '\n')
		return fail_with(ERR_USAGE,
		    "What was typed is longer than %zu bytes.", cap - 1);
	/* Ctrl-D gives what was typed before it, and no newline. */
	if (r <= 1 || buf[r - 1] != '\n')
		return ERR_DECLINED;
	*n = (size_t)r - 1;
	return OK;
}

static enum err
ask(const char *prompt, bool echo, char *buf, size_t cap, size_t *n)
{
	int tty = open_tty();
	struct termios was;
	enum err e;

	*n = 0;
	if (tty < 0)
		return ERR_SECRET_MISSING;
	(void)fflush(stderr);
	if (!prepare(tty, echo, &was)) {
		(void)close(tty);
		return ERR_SECRET_MISSING;
	}
	say(tty, out_line(prompt));
	e = read_line(tty, buf, cap, n);
	(void)tcsetattr(tty, TCSAFLUSH, &was);
	if (!echo || e != OK)
		say(tty, "\n");
	(void)close(tty);
	return e;
}

enum err
tty_secret(const char *prompt, struct span *s)
{
	char *buf;
	size_t n;
	enum err e;

	*s = span_of(NULL, 0);
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	buf = sodium_malloc(SECRET_MAX + 1);
	if (buf == NULL)
		return ERR_OUT_OF_MEMORY;
	e = ask(prompt, false, buf, SECRET_MAX + 1, &n);
	*s = span_of(buf, n);
	if (e != OK)
		tty_free(s);
	return e;
}

void
tty_free(struct span *s)
{
	sodium_free((void *)(uintptr_t)s->p);
	*s = span_of(NULL, 0);
}

void
tty_line(const char *prompt, char *buf, size_t cap)
{
	size_t n;

	if (ask(prompt, true, buf, cap, &n) != OK) {
		fail_forget();
		n = 0;
	}
	buf[n] = '\0';
}

bool
tty_agree(const char *question)
{
	char buf[64], prompt[1024];

	(void)snprintf(prompt, sizeof prompt, "%s [y/N] ", question);
	tty_line(prompt, buf, sizeof buf);
	return strcmp(buf, "y") == 0 || strcmp(buf, "yes") == 0;
}
