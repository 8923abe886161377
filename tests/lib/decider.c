/* SPDX-License-Identifier: ISC */
#include "decider.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const uint8_t decider_journal_key[JOURNAL_KEY] = { 7 };

void
decider_again(struct decider *v)
{
	size_t cut, at;

	ledger_close(v->d->ledger);
	ck_assert_int_eq(ledger_open(v->at, decider_journal_key,
			     (size_t)8 << 20, &v->d->ledger, &cut, &at),
	    OK);
	ck_assert_uint_eq(cut, 0);
}

void
decider_begin(struct decider *v, const struct chain_builder_opts *o)
{
	snprintf(v->folder, sizeof v->folder, "/tmp/encl-decide.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(v->folder));
	v->at = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	v->b = chain_builder_new(o);
	v->d = calloc(1, sizeof *v->d);
	ck_assert_ptr_nonnull(v->d);
	decider_again(v);
	v->d->root = &v->b->root;
	v->d->root_n = 1;
}

void
decider_end(struct decider *v)
{
	ledger_close(v->d->ledger);
	free(v->d);
	chain_builder_free(v->b);
	unlinkat(v->at, "record", 0);
	close(v->at);
	rmdir(v->folder);
}
