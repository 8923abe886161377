/* SPDX-License-Identifier: ISC */
#include "image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"
#include "mem.h"

static bool
is_json_object(struct span s)
{
	json_t *j = json_loadb((const char *)s.p, s.n,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	bool is = json_is_object(j);

	json_decref(j);
	return is;
}

static enum err
refused(const char *path, const struct eif *e, enum err err)
{
	if (err == ERR_FILE_READ)
		return fail_with(err, "%s: %s", path, strerror(errno));
	if (err_class(err) != ERR_CLASS_VERIFY)
		return err;
	if (e->n > 0 && e->n < e->sections)
		return fail_with(err, "%s, after section %u (%s) at byte %llu.",
		    path, e->n - 1, eif_type_name(e->section[e->n - 1].type),
		    (unsigned long long)e->section[e->n - 1].offset -
			EIF_SECTION_HEAD);
	return fail_with(err, "%s", path);
}

enum err
image_file_measure(const char *path, unsigned flags, struct measure **out)
{
	struct measure *m = mem_new(sizeof *m);
	int fd = STDIN_FILENO;
	enum err e;

	*out = m;
	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refused(path, &m->eif, ERR_FILE_READ);
	e = measure_fd(fd, flags, m);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	if (e == OK && m->eif.version >= 4 &&
	    !is_json_object(span_of(m->metadata, m->metadata_n)))
		e = ERR_EIF_METADATA_BAD;
	return e == OK ? OK : refused(path, &m->eif, e);
}

enum err
image_file_release(const char *path, const struct measure *m, uint32_t mask,
    struct pcrs *p)
{
	registers_pcrs(&m->registers, p);
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((mask >> i & 1) != 0 && (p->mask >> i & 1) == 0)
			return fail_with(ERR_MEASUREMENTS_BAD,
			    i == 8 ? "%s is not signed, so it has no PCR%u, "
				     "which the policy measures."
				   : "%s alone does not say PCR%u, which the "
				     "policy measures.",
			    path, i);
	p->mask = mask;
	return OK;
}

enum err
image_file_certify(struct measure *m, const char *path)
{
	struct registers *r = &m->registers;
	struct span cert;

	if (path == NULL)
		return OK;
	if (r->is_signed)
		return fail_with(ERR_USAGE,
		    "--signing-cert is for an image that is not signed.");
	TRY(file_read(path, EIF_SIGNATURE_MAX, &cert));
	r->is_signed = true;
	return signature_register(cert, r->value[REGISTERS - 1]);
}

bool
image_file_is(const char *path)
{
	uint8_t b[4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = read(fd, b, sizeof b) == sizeof b && memcmp(b, ".eif", 4) == 0;
	(void)close(fd);
	return is;
}
