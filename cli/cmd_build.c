/* SPDX-License-Identifier: ISC */
#include "cmd_build.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "build_make.h"
#include "fail.h"
#include "file.h"
#include "image_text.h"
#include "out.h"
#include "recipe.h"

#define KEY_MAX 16384U

/* Into guarded memory, which the caller frees. */
static enum err
read_key(const char *path, uint8_t **p, struct span *key)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got = 1;

	*p = sodium_init() < 0 ? NULL : sodium_malloc(KEY_MAX);
	while (fd >= 0 && *p != NULL && n < KEY_MAX && got > 0) {
		got = read(fd, *p + n, KEY_MAX - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	if (*p == NULL)
		return ERR_OUT_OF_MEMORY;
	if (fd < 0 || got != 0)
		return fail_with(ERR_FILE_READ, "%s", path);
	*key = span_of(*p, n);
	return OK;
}

static enum err
signers(const struct cli *c, struct build_extra *x, uint8_t **secret)
{
	const char *key = command_value(c, "signing-key");
	const char *cert = command_value(c, "signing-cert");

	if (key == NULL && cert == NULL)
		return OK;
	if (key == NULL || cert == NULL)
		return fail_with(ERR_USAGE,
		    "--signing-key and --signing-cert go together.");
	TRY(file_read(cert, EIF_SIGNATURE_MAX, &x->cert));
	return read_key(key, secret, &x->key);
}

enum err
cmd_build_run(struct cli *c)
{
	struct build_extra x = { .definition = NULL };
	struct build_result r;
	const char *out = command_value(c, "out");
	uint8_t *secret = NULL;
	json_t *recipe = NULL;
	enum err e;

	if (out == NULL)
		return fail_with(ERR_USAGE, "--out FILE says where it goes.");
	e = recipe_read(c, command_value(c, "recipe"), true, &recipe);
	if (e == OK)
		e = signers(c, &x, &secret);
	if (e == OK)
		e = build_make(recipe, &x, out, &r);
	if (secret != NULL)
		sodium_free(secret);
	json_decref(recipe);
	TRY(e);
	if (c->format != FORMAT_TABLE)
		return out_json(c, image_text_json(&r.registers));
	image_text_print(&r.eif, &r.registers);
	return OK;
}
