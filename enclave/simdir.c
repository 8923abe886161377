/* SPDX-License-Identifier: ISC */
#include "simdir.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "chain/text.h"

struct path {
	char text[PATH_MAX];
};

static bool
path_of(struct path *p, const char *dir, const char *name, bool temporary)
{
	int n = temporary
		    ? snprintf(p->text, sizeof p->text, "%s/.%s.%ld", dir, name,
			  (long)getpid())
		    : snprintf(p->text, sizeof p->text, "%s/%s", dir, name);

	if (n < 0 || (size_t)n >= sizeof p->text)
		errno = ENAMETOOLONG;
	return n > 0 && (size_t)n < sizeof p->text;
}

static bool
write_all(const char *path, struct span s, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool good;

	if (fd < 0)
		return false;
	good = write(fd, s.p, s.n) == (ssize_t)s.n && fsync(fd) == 0;
	return close(fd) == 0 && good;
}

/* Puts the file in place whole.  replace: over what is there, else only when
 * nothing is. */
static enum err
put_file(const char *dir, const char *name, struct span s, mode_t mode,
    bool replace)
{
	struct path temporary, final;
	bool good;

	if (!path_of(&temporary, dir, name, true) ||
	    !path_of(&final, dir, name, false))
		return ERR_NSM;
	good = write_all(temporary.text, s, mode);
	if (good && replace)
		good = rename(temporary.text, final.text) == 0;
	else if (good)
		good = link(temporary.text, final.text) == 0 || errno == EEXIST;
	if (!good || !replace) {
		int saved = errno;

		(void)unlink(temporary.text);
		errno = saved;
	}
	return good ? OK : ERR_NSM;
}

static enum err
read_seed(const char *dir, uint8_t seed[32])
{
	struct path path;
	char text[65];
	ssize_t n;
	int fd;

	if (!path_of(&path, dir, "root.key", false))
		return ERR_NSM;
	fd = open(path.text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ERR_NSM;
	n = read(fd, text, sizeof text);
	close(fd);
	if (n == sizeof text && text[64] == '\n' &&
	    text_unhex(span_of(text, 64), seed, 32))
		return OK;
	errno = EINVAL;
	return ERR_NSM;
}

enum err
simdir_seed(const char *dir, uint8_t seed[32])
{
	uint8_t text[66];
	struct out o = out_of(text, sizeof text);
	enum err e;

	if (mkdir(dir, 0755) != 0 && errno != EEXIST)
		return ERR_NSM;
	e = read_seed(dir, seed);
	if (e == OK || errno != ENOENT)
		return e;
	if (getrandom(seed, 32, 0) != 32)
		return ERR_NSM;
	text_hex(&o, span_of(seed, 32));
	out_put(&o, "\n", 1);
	TRY(put_file(dir, "root.key", out_span(&o), 0600, false));
	return read_seed(dir, seed);
}

static void
put_pem(struct out *o, struct span der)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----\n";
	static const char tail[] = "-----END CERTIFICATE-----\n";
	char
	    line[sodium_base64_ENCODED_LEN(48, sodium_base64_VARIANT_ORIGINAL)];

	out_put(o, head, sizeof head - 1);
	for (size_t i = 0; i < der.n; i += 48) {
		size_t n = der.n - i < 48 ? der.n - i : 48;

		sodium_bin2base64(line, sizeof line, der.p + i, n,
		    sodium_base64_VARIANT_ORIGINAL);
		out_put(o, line, strlen(line));
		out_put(o, "\n", 1);
	}
	out_put(o, tail, sizeof tail - 1);
}

enum err
simdir_root(const char *dir, struct span der)
{
	uint8_t buf[2048];
	struct out pem = out_of(buf, sizeof buf);

	put_pem(&pem, der);
	if (pem.full)
		return ERR_NO_SPACE;
	TRY(put_file(dir, "root.der", der, 0644, true));
	return put_file(dir, "root.pem", out_span(&pem), 0644, true);
}
