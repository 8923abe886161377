/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "chain_builder.h"

struct chain_builder *
chain_builder_running(void)
{
	struct chain_builder *b = chain_builder_new(&chain_builder_plain);

	chain_builder_first(b, 1);
	return b;
}

struct chain_builder *
chain_builder_staged(void)
{
	struct chain_builder *b = chain_builder_running();

	if (chain_builder_stage_release(b, 2, chain_builder_owners(b)) != OK)
		abort();
	return b;
}

struct chain_builder *
chain_builder_endorsed(void)
{
	struct chain_builder_opts o = chain_builder_plain;

	o.endorsers = 3;
	o.endorser_threshold = 2;
	return chain_builder_new(&o);
}

struct chain_builder *
chain_builder_witnessed(void)
{
	static struct policy named;
	struct chain_builder_opts o = chain_builder_plain;
	struct chain_builder *b;

	cosigner_policy(&named, 0, 3, 2);
	o.witnesses = &named;
	b = chain_builder_new(&o);
	chain_builder_first(b, 1);
	return b;
}
