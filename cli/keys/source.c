/* SPDX-License-Identifier: ISC */
#include "source.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/out.h"

#define SECRET_MAX 1024
#define SOURCE_MAX (64 * 1024)

/* What was read from a file or descriptor, once for the whole command. */
static struct source {
	const char *file, *fd, *noun;
	enum err missing;
	bool there;
	char *text;
	size_t n, lines, taken;
} sources[] = {
	{ .file = "passphrase-file",
	    .fd = "passphrase-fd",
	    .noun = "passphrase",
	    .missing = ERR_PASSPHRASE_MISSING },
	{ .file = "pin-file",
	    .fd = "pin-fd",
	    .noun = "PIN",
	    .missing = ERR_SECRET_MISSING },
	{ .file = "management-key-file",
	    .fd = "management-key-fd",
	    .noun = "management key",
	    .missing = ERR_SECRET_MISSING },
	{ .file = "recovery-file",
	    .fd = "recovery-fd",
	    .noun = "recovery key",
	    .missing = ERR_SECRET_MISSING },
};

static struct source *
source_of(enum ui_secret_kind kind)
{
	switch (kind) {
	case UI_PIN:
		return &sources[1];
	case UI_MANAGEMENT_KEY:
		return &sources[2];
	case UI_RECOVERY:
		return &sources[3];
	case UI_PASSPHRASE:
	case UI_PASSPHRASE_NEW:
		break;
	}
	return &sources[0];
}

/* Not every command has every option. */
static const char *
value_of(const struct cli *c, const char *name)
{
	return command_option(c->command, name, strlen(name)) != NULL
		   ? command_value(c, name)
		   : NULL;
}

static bool
was_given(const struct cli *c, const char *name)
{
	for (size_t i = 0; i < c->given_n; i++)
		if (strcmp(c->given[i].option->name, name) == 0)
			return true;
	return false;
}

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
load_fd(struct source *s, int fd, const char *what)
{
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	s->text = sodium_malloc(SOURCE_MAX);
	if (s->text == NULL)
		return ERR_OUT_OF_MEMORY;
	s->there = true;
	if (!read_whole(fd, s->text, SOURCE_MAX, &s->n))
		return fail_with(ERR_FILE_READ, "%s: %s", what,
		    s->n == SOURCE_MAX ? "too long" : strerror(errno));
	if (s->n > 0 && s->text[s->n - 1] != '\n')
		s->text[s->n++] = '\n';
	for (size_t i = 0; i < s->n; i++)
		s->lines += s->text[i] == '\n';
	return OK;
}

static enum err
load_number(struct source *s, const char *text)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || v < 0 || v > 65535)
		return fail_with(ERR_USAGE,
		    "--%s takes a file descriptor, not \"%s\".", s->fd, text);
	return load_fd(s, (int)v, s->fd);
}

/* A pipe or a socket has no readers but its own.  Files that are mounted as
 * secrets are often readable by all of a machine that has one user. */
static enum err
check_mode(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode))
		return fail_with(ERR_FILE_READ, "%s is not a file.", path);
	if (!S_ISREG(st.st_mode))
		return OK;
	if ((st.st_mode & S_IWOTH) != 0 ||
	    (st.st_uid != geteuid() && st.st_uid != 0)) {
		fail_hint("chmod 600 %s", path);
		return fail_with(ERR_CONFIG_OPEN, "Others can write %s.", path);
	}
	if ((st.st_mode & 077) != 0)
		out_talk("warning: others can read %s; chmod 600 closes it\n",
		    path);
	return OK;
}

static enum err
load_file(struct source *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return fail_with(ERR_FILE_READ, "%s: %s", path,
		    strerror(errno));
	e = check_mode(fd, path);
	if (e == OK)
		e = load_fd(s, fd, path);
	(void)close(fd);
	return e;
}

static enum err
load(const struct cli *c, struct source *s)
{
	const char *fd = value_of(c, s->fd), *file = value_of(c, s->file);

	if (s->there)
		return OK;
	if (fd != NULL && was_given(c, s->file))
		return fail_with(ERR_USAGE, "--%s and --%s are two sources.",
		    s->file, s->fd);
	return fd != NULL ? load_number(s, fd) : load_file(s, file);
}

/* The line that is next, without its end. */
static bool
next_line(struct source *s, struct span *line)
{
	const char *p = s->text, *stop = s->text + s->n, *end;
	size_t skip = s->lines == 1 ? 0 : s->taken;

	if (skip >= s->lines)
		return false;
	while (skip-- > 0)
		p = (const char *)memchr(p, '\n', (size_t)(stop - p)) + 1;
	end = memchr(p, '\n', (size_t)(stop - p));
	if (end > p && end[-1] == '\r')
		end--;
	*line = span_of(p, (size_t)(end - p));
	s->taken++;
	return true;
}

bool
source_has(const struct cli *c, enum ui_secret_kind kind)
{
	const struct source *s = source_of(kind);

	return value_of(c, s->fd) != NULL || value_of(c, s->file) != NULL;
}

enum err
source_take(const struct cli *c, enum ui_secret_kind kind, const char *what,
    struct span *secret)
{
	struct source *s = source_of(kind);
	struct span line;
	char *copy;

	*secret = span_of(NULL, 0);
	TRY(load(c, s));
	if (!next_line(s, &line))
		return fail_with(s->missing,
		    "The source of %ss has no line for %s.", s->noun, what);
	if (line.n == 0 || line.n > SECRET_MAX)
		return fail_with(s->missing,
		    "The %s for %s is empty or too long.", s->noun, what);
	copy = sodium_malloc(line.n);
	if (copy == NULL)
		return ERR_OUT_OF_MEMORY;
	memcpy(copy, line.p, line.n);
	*secret = span_of(copy, line.n);
	return OK;
}

void
source_forget(void)
{
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		struct source *s = &sources[i];

		sodium_free(s->text);
		s->there = false;
		s->text = NULL;
		s->n = s->lines = s->taken = 0;
	}
}
