/* SPDX-License-Identifier: ISC */
#include "sealed_seen.h"

#include <sys/file.h>

#include <fcntl.h>
#include <unistd.h>

#include "cli/conf.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/out.h"

/* The file: an object, public key in hex: epoch. */

enum err
sealed_seen_get(const uint8_t public[32], uint64_t *epoch)
{
	const char *path = conf_state_path("sealed.yaml");
	const json_t *v;
	json_t *file;
	bool bad;

	*epoch = 0;
	TRY(conf_load(path, false, &file));
	v = json_object_get(file, mem_hex(span_of(public, 32)));
	bad = v != NULL && (!json_is_integer(v) || json_integer_value(v) < 1);
	if (v != NULL && !bad)
		*epoch = (uint64_t)json_integer_value(v);
	json_decref(file);
	return bad ? fail_with(ERR_CONFIG_BAD, "%s is malformed.", path) : OK;
}

/* Two commands at once must not lose each other's keys. */
static int
lock(void)
{
	int fd = open(conf_state_path("sealed.lock"),
	    O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

static enum err
set(const uint8_t public[32], uint64_t epoch)
{
	const char *path = conf_state_path("sealed.yaml");
	int fd = lock();
	json_t *file;
	enum err e = conf_load(path, false, &file);

	if (e == OK) {
		(void)json_object_set_new(file, mem_hex(span_of(public, 32)),
		    json_integer((json_int_t)epoch));
		e = conf_store(path, file);
		json_decref(file);
	}
	if (fd >= 0)
		(void)close(fd);
	return e;
}

void
sealed_seen_note(const uint8_t public[32], uint64_t epoch)
{
	enum err e = set(public, epoch);

	if (e == OK)
		return;
	out_talk("warning: old copies of this key will not be noticed: %s %s\n",
	    err_sentence(e), fail_detail());
	fail_forget();
}
