/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/pcr_sets.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t zero[PCR_SIZE];
	struct pcr_set *set;
	size_t sets;

	fail_forget();
	if (pcr_sets_parse(span_of(p, n), &set, &sets) == OK) {
		if (sets == 0 || sets > PCR_SETS_MAX)
			abort();
		/* No set is empty, for that would fit every image. */
		for (size_t i = 0; i < sets; i++) {
			if (set[i].pcrs.mask == 0)
				abort();
			for (unsigned k = 0; k < PCR_COUNT; k++)
				if ((set[i].pcrs.mask >> k & 1) &&
				    memcmp(set[i].pcrs.value[k], zero,
					PCR_SIZE) == 0)
					abort();
		}
	}
	mem_free_all();
	return 0;
}
