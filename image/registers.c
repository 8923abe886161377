/* SPDX-License-Identifier: ISC */
#include "registers.h"

const unsigned registers_index[REGISTERS] = { 0, 1, 2, 8 };

void
registers_pcrs(const struct registers *r, struct pcrs *p)
{
	unsigned n = r->is_signed ? REGISTERS : REGISTERS - 1;

	*p = (struct pcrs){ 0 };
	for (unsigned i = 0; i < n; i++) {
		p->mask |= UINT32_C(1) << registers_index[i];
		p->value[registers_index[i]] = r->value[i];
	}
}
