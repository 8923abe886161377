/* SPDX-License-Identifier: ISC */
#include "revocation_file.h"

#include "chain/walk.h"
#include "fail.h"
#include "file.h"

#define BYTES_MAX (1 << 20)

static enum err
read_file(const char *path, struct revocation_file *f)
{
	struct walk_revocation r;
	struct span s, item;
	enum item kind;

	TRY(file_read(path, BYTES_MAX, &s));
	if (s.n == 0)
		return fail_with(ERR_USAGE, "%s is empty.", path);
	while (s.n > 0) {
		if (entry_item(&s, &kind, &item) != OK ||
		    kind != ITEM_STATEMENT || walk_revocation(item, &r) != OK) {
			return fail_with(ERR_USAGE,
			    "%s is not a signed revocation.", path);
		}
		if (f->n == REVOCATION_FILE_MAX) {
			return fail_with(ERR_USAGE,
			    "There are more than %d revocations.",
			    REVOCATION_FILE_MAX);
		}
		f->statement[f->n++] = item;
	}
	return OK;
}

enum err
revocation_file_options(const struct cli *c, struct revocation_file *f)
{
	const char *path[COMMAND_MAX];
	size_t n = command_values(c, "revocation", path, COMMAND_MAX);

	f->n = 0;
	for (size_t i = 0; i < n; i++)
		TRY(read_file(path[i], f));
	return OK;
}
