/* SPDX-License-Identifier: ISC */
#include "evidence_store.h"

#include "chain/entry.h"
#include "chain/evidence.h"
#include "chain/hash.h"
#include "conf.h"
#include "fail.h"
#include "file.h"
#include "mem.h"

static struct span chain_file;

void
evidence_store_file(struct span file)
{
	chain_file = file;
}

static const char *
path_of(const struct h32 *sha256)
{
	return conf_data_path(
	    mem_printf("evidence/%s.pem", mem_hex(h32_span(sha256))));
}

enum err
evidence_store_put(const struct h32 *sha256, struct span bundle)
{
	return file_replace(path_of(sha256), bundle, 0600);
}

static bool
is(struct span bundle, const struct h32 *sha256)
{
	struct h32 h;

	return hash_sha256(bundle, &h) == OK && h32_eq(&h, sha256);
}

static bool
in_file(const struct h32 *sha256, struct span *bundle)
{
	struct span s = chain_file, item;
	enum item kind;

	while (s.n > 0 && entry_item(&s, &kind, &item) == OK)
		if (kind == ITEM_EVIDENCE &&
		    entry_evidence_decode(item, bundle) == OK &&
		    is(*bundle, sha256))
			return true;
	return false;
}

bool
evidence_store_get(const struct h32 *sha256, struct span *bundle)
{
	const char *path = path_of(sha256);

	if (file_is_there(path) &&
	    file_read_private(path, EVIDENCE_MAX, bundle) == OK &&
	    is(*bundle, sha256))
		return true;
	fail_forget();
	return in_file(sha256, bundle);
}
