/* SPDX-License-Identifier: ISC */
#include "maker.h"

#include "chain/pem.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

#define FILE_MAX 65536
#define FILES 8

static enum err
add(struct maker *r, struct span der, const char *path)
{
	bool root = evidence_is_root(der);
	size_t *n = root ? &r->root_n : &r->between_n;
	size_t max = root ? EVIDENCE_ROOTS : MAKER_BETWEEN;

	if (*n == max)
		return fail_with(ERR_USAGE, "%s: there are more than %zu %s.",
		    path, max, root ? "roots" : "certificates between");
	if (root)
		r->root[(*n)++] = der;
	else
		r->between[(*n)++] = der;
	return OK;
}

enum err
maker_file(const char *path, struct maker *r)
{
	struct span text, der;
	uint8_t *buf;

	TRY(file_read(path, FILE_MAX, &text));
	buf = mem_new(text.n + 1);
	if (text.n > 0 && text.p[0] == 0x30)
		return add(r, text, path);
	if (pem_end(text))
		return fail_with(ERR_USAGE, "%s is empty.", path);
	while (!pem_end(text)) {
		if (!pem_next(&text, buf, text.n, &der))
			return fail_with(ERR_USAGE,
			    "%s is not certificates, PEM or DER.", path);
		TRY(add(r, mem_copy(der), path));
	}
	return OK;
}

enum err
maker_options(const struct cli *c, struct maker *r)
{
	const char *path[FILES];
	size_t n = command_values(c, "evidence-root", path, FILES);

	memset(r, 0, sizeof *r);
	for (size_t i = 0; i < n; i++)
		TRY(maker_file(path[i], r));
	return OK;
}

const char *
maker_root_text(const struct h32 *root)
{
	if (evidence_root_is_yubico(root))
		return "Yubico's";
	return mem_printf("NOT Yubico's: you named %s",
	    mem_hex(h32_span(root)));
}
