/* SPDX-License-Identifier: ISC */
#include "passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/mem.h"

#define PASSPHRASE_MAX 1024
#define SOURCE_MAX (64 * 1024)
#define NEW_MIN 8

/* What was read from a file or descriptor, once for the whole command. */
static struct {
	bool there;
	char *text;
	size_t n, lines, taken;
} source;

static bool
read_whole(int fd, char *p, size_t cap, size_t *n)
{
	*n = 0;
	for (;;) {
		ssize_t r = read(fd, p + *n, cap - *n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return false;
		if (r == 0)
			return true;
		*n += (size_t)r;
		if (*n == cap)
			return false;
	}
}

static enum err
parse_fd(const char *s, int *fd)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, 10);
	if (errno != 0 || *end != '\0' || end == s || v < 0 || v > 65535)
		return fail_with(ERR_USAGE,
		    "--passphrase-fd takes a file descriptor, not \"%s\".", s);
	*fd = (int)v;
	return OK;
}

static enum err
load_fd(int fd, const char *what)
{
	source.text = sodium_malloc(SOURCE_MAX);
	if (source.text == NULL)
		return ERR_OUT_OF_MEMORY;
	if (!read_whole(fd, source.text, SOURCE_MAX, &source.n))
		return fail_with(ERR_FILE_READ, "%s: %s", what,
		    source.n == SOURCE_MAX ? "too long" : strerror(errno));
	if (source.n > 0 && source.text[source.n - 1] != '\n')
		source.text[source.n++] = '\n';
	for (size_t i = 0; i < source.n; i++)
		source.lines += source.text[i] == '\n';
	source.there = true;
	return OK;
}

/* Sets source.there when the command names one. */
static enum err
load(const struct cli *c)
{
	const char *fd_text = command_value(c, "passphrase-fd");
	const char *path = command_value(c, "passphrase-file");
	int fd;
	enum err e;

	if (source.there || (fd_text == NULL && path == NULL))
		return OK;
	if (fd_text != NULL) {
		TRY(parse_fd(fd_text, &fd));
		return load_fd(fd, "--passphrase-fd");
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	e = load_fd(fd, path);
	(void)close(fd);
	return e;
}

static enum err
from_source(const char *what, struct span *p)
{
	const char *line = source.text, *stop = source.text + source.n, *end;
	size_t want = source.lines == 1 ? 0 : source.taken;
	char *copy;

	if (want >= source.lines)
		return fail_with(ERR_PASSPHRASE_MISSING,
		    "The source of passphrases has no line for %s.", what);
	while (want-- > 0)
		line =
		    (const char *)memchr(line, '\n', (size_t)(stop - line)) + 1;
	end = memchr(line, '\n', (size_t)(stop - line));
	if (end == NULL || end == line || end - line > PASSPHRASE_MAX)
		return fail_with(ERR_PASSPHRASE_MISSING,
		    "The passphrase for %s is empty or too long.", what);
	copy = sodium_malloc((size_t)(end - line));
	if (copy == NULL)
		return ERR_OUT_OF_MEMORY;
	memcpy(copy, line, (size_t)(end - line));
	*p = span_of(copy, (size_t)(end - line));
	source.taken++;
	return OK;
}

/* One line without echo; Ctrl-C and Ctrl-D decline. */
static enum err
read_line(int tty, char *buf, size_t cap, size_t *n)
{
	*n = 0;
	for (;;) {
		char ch;
		ssize_t r = read(tty, &ch, 1);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0 || ch == 3 || ch == 4)
			return ERR_DECLINED;
		if (ch == '\n' || ch == '\r')
			return OK;
		if ((ch == 8 || ch == 127) && *n > 0)
			(*n)--;
		else if (ch != 8 && ch != 127 && *n < cap)
			buf[(*n)++] = ch;
	}
}

static enum err
ask(const char *prompt, struct span *p)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios was, now;
	char *buf;
	size_t n = 0;
	enum err e = ERR_OUT_OF_MEMORY;

	if (tty < 0 || tcgetattr(tty, &was) != 0) {
		if (tty >= 0)
			(void)close(tty);
		return ERR_PASSPHRASE_MISSING;
	}
	/* Signals are off as well: a Ctrl-C that killed the program here
	 * would leave the terminal without echo. */
	now = was;
	now.c_lflag &= ~(tcflag_t)(ECHO | ISIG | ICANON);
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	(void)tcsetattr(tty, TCSAFLUSH, &now);
	(void)dprintf(tty, "%s", prompt);
	buf = sodium_malloc(PASSPHRASE_MAX);
	if (buf != NULL)
		e = read_line(tty, buf, PASSPHRASE_MAX, &n);
	(void)tcsetattr(tty, TCSAFLUSH, &was);
	(void)dprintf(tty, "\n");
	(void)close(tty);
	*p = span_of(buf, n);
	if (e != OK)
		passphrase_free(p);
	return e;
}

static enum err
ask_for(const char *what, bool new, struct span *p)
{
	char prompt[512];
	struct span again;
	bool same;

	(void)snprintf(prompt, sizeof prompt,
	    "%s for %s: ", new ? "New passphrase" : "Passphrase", what);
	TRY(ask(prompt, p));
	if (!new)
		return OK;
	if (ask("The same again: ", &again) != OK) {
		passphrase_free(p);
		return ERR_DECLINED;
	}
	same = span_eq(*p, again);
	passphrase_free(&again);
	if (same)
		return OK;
	passphrase_free(p);
	return fail_with(ERR_USAGE, "The two passphrases differ.");
}

enum err
passphrase_get(const struct cli *c, const char *what, bool new, struct span *p)
{
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	*p = span_of(NULL, 0);
	TRY(load(c));
	TRY(source.there ? from_source(what, p) : ask_for(what, new, p));
	if (new && p->n < NEW_MIN) {
		passphrase_free(p);
		return fail_with(ERR_USAGE,
		    "A passphrase has at least %d characters.", NEW_MIN);
	}
	return OK;
}

void
passphrase_free(struct span *p)
{
	sodium_free((void *)(uintptr_t)p->p);
	*p = span_of(NULL, 0);
}

enum err
passphrase_token(const char **token)
{
	struct span p;

	if (sodium_init() < 0)
		return ERR_CRYPTO;
	TRY(ask("Token: ", &p));
	*token = mem_string(p);
	passphrase_free(&p);
	return OK;
}

bool
passphrase_agree(const struct cli *c, const char *question)
{
	char answer[16] = "";
	FILE *tty;

	if (command_is(c, "yes"))
		return true;
	tty = fopen("/dev/tty", "r+e");
	if (tty == NULL) {
		fail_hint("there is no terminal to ask at; --yes agrees");
		return false;
	}
	(void)fflush(stderr);
	(void)fprintf(tty, "%s [y/N] ", question);
	(void)fflush(tty);
	if (fgets(answer, sizeof answer, tty) == NULL)
		answer[0] = '\0';
	(void)fclose(tty);
	return strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0;
}
