/* SPDX-License-Identifier: ISC */
#include "pin.h"

#include <sys/file.h>

#include <fcntl.h>
#include <unistd.h>

#include "chain/text.h"
#include "conf.h"
#include "fail.h"
#include "mem.h"
#include "view/view.h"

/* The file: [{server, name, chain, root, seq, entry}] under "pins". */

static bool
read_h32(const json_t *j, const char *name, struct h32 *h)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL && text_unhex(span_str(s), h->b, sizeof h->b);
}

static bool
read_pin(const json_t *j, struct pin *p)
{
	const char *server = json_string_value(json_object_get(j, "server"));
	const char *name = json_string_value(json_object_get(j, "name"));
	const json_t *seq = json_object_get(j, "seq");

	if (server == NULL || name == NULL || !json_is_integer(seq) ||
	    json_integer_value(seq) < 0 || !read_h32(j, "chain", &p->chain) ||
	    !read_h32(j, "root", &p->root) ||
	    !read_h32(j, "entry", &p->newest.id))
		return false;
	p->server = mem_printf("%s", server);
	p->name = mem_printf("%s", name);
	p->newest.seq = (uint64_t)json_integer_value(seq);
	return true;
}

static enum err
load(json_t **file)
{
	const char *path = conf_state_path("pins.yaml");
	const json_t *list;

	TRY(conf_load(path, false, file));
	list = json_object_get(*file, "pins");
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct pin p;

		if (read_pin(json_array_get(list, i), &p))
			continue;
		json_decref(*file);
		return fail_with(ERR_CONFIG_BAD, "%s: pin %zu is malformed.",
		    path, i + 1);
	}
	return OK;
}

enum err
pin_list(const struct pin **out, size_t *n)
{
	json_t *file;
	const json_t *list;
	struct pin *p;

	TRY(load(&file));
	list = json_object_get(file, "pins");
	*n = json_array_size(list);
	p = mem_new((*n + 1) * sizeof *p);
	for (size_t i = 0; i < *n; i++)
		(void)read_pin(json_array_get(list, i), &p[i]);
	json_decref(file);
	*out = p;
	return OK;
}

enum err
pin_by_name(const char *server, const char *name, struct pin *p, bool *found)
{
	const struct pin *list;
	size_t n;

	*found = false;
	TRY(pin_list(&list, &n));
	for (size_t i = 0; i < n && !*found; i++)
		if (strcmp(list[i].server, server) == 0 &&
		    strcmp(list[i].name, name) == 0) {
			*p = list[i];
			*found = true;
		}
	return OK;
}

/* server NULL: any. */
static enum err
find_chain(const char *server, const struct h32 *chain, struct pin *p,
    bool *found)
{
	const struct pin *list;
	size_t n;

	*found = false;
	TRY(pin_list(&list, &n));
	for (size_t i = 0; i < n && !*found; i++)
		if ((server == NULL || strcmp(list[i].server, server) == 0) &&
		    h32_eq(&list[i].chain, chain)) {
			*p = list[i];
			*found = true;
		}
	return OK;
}

enum err
pin_by_chain(const char *server, const struct h32 *chain, struct pin *p,
    bool *found)
{
	return find_chain(server, chain, p, found);
}

enum err
pin_anywhere(const struct h32 *chain, struct pin *p, bool *found)
{
	return find_chain(NULL, chain, p, found);
}

enum err
pin_by_prefix(const char *server, const char *hex, struct pin *p, bool *found)
{
	const struct pin *list;
	size_t n, hits = 0, len = strlen(hex);

	*found = false;
	if (len < 6 || len > 64 || strspn(hex, "0123456789abcdef") != len)
		return OK;
	TRY(pin_list(&list, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].server, server) == 0 &&
		    strncmp(mem_hex(h32_span(&list[i].chain)), hex, len) == 0) {
			*p = list[i];
			hits++;
		}
	*found = hits == 1;
	return OK;
}

static size_t
place_of(const json_t *list, const char *server, const char *name)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		struct pin p;

		if (read_pin(json_array_get(list, i), &p) &&
		    strcmp(p.server, server) == 0 && strcmp(p.name, name) == 0)
			break;
	}
	return i;
}

/* Two commands at once must not lose each other's pins. */
static int
lock(void)
{
	int fd = open(conf_state_path("pins.lock"),
	    O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0)
		(void)flock(fd, LOCK_EX);
	return fd;
}

/* j NULL removes the pin. */
static enum err
change(const char *server, const char *name, json_t *j, bool *found)
{
	int fd = lock();
	json_t *file, *list;
	size_t i;
	enum err e = load(&file);

	if (e == OK) {
		list = json_object_get(file, "pins");
		if (list == NULL) {
			list = json_array();
			(void)json_object_set_new(file, "pins", list);
		}
		i = place_of(list, server, name);
		*found = i < json_array_size(list);
		if (*found)
			(void)json_array_remove(list, i);
		if (j != NULL)
			(void)json_array_insert(list, i, j);
		e = conf_store(conf_state_path("pins.yaml"), file);
		json_decref(file);
	}
	json_decref(j);
	if (fd >= 0)
		(void)close(fd);
	return e;
}

enum err
pin_set(const struct pin *p)
{
	bool found;

	return change(p->server, p->name,
	    json_pack("{s:s,s:s,s:s,s:s,s:I,s:s}", "server", p->server, "name",
		p->name, "chain", mem_hex(h32_span(&p->chain)), "root",
		mem_hex(h32_span(&p->root)), "seq", (json_int_t)p->newest.seq,
		"entry", mem_hex(h32_span(&p->newest.id))),
	    &found);
}

enum err
pin_remove(const char *server, const char *name, bool *found)
{
	return change(server, name, NULL, found);
}
