/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "kms/kms_lint.h"
#include "kms/kms_policy.h"
#include "tests/fuzz/fuzz.h"

/* A policy without a finding gives the key to measured code, by three
 * registers at least, none of them zero, and says the same when it is written
 * and read again. */
static void
sound(const json_t *policy, const struct kms_lint *l)
{
	static struct kms_lint again;
	static const uint8_t zero[PCR_SIZE];
	char *text = kms_policy_canonical(policy);
	struct shape_faults f = { 0 };
	json_t *copy;

	if (text == NULL || l->use_n == 0)
		abort();
	for (size_t i = 0; i < l->use_n; i++) {
		if ((l->use[i].mask & 7) != 7)
			abort();
		for (unsigned k = 0; k < PCR_COUNT; k++)
			if ((l->use[i].mask >> k & 1) &&
			    memcmp(l->use[i].value[k], zero, PCR_SIZE) == 0)
				abort();
	}
	if (kms_lint_read(span_str(text), &copy, &f) != OK)
		abort();
	kms_lint_run(copy, &again);
	if (again.n != 0 || again.use_n != l->use_n)
		abort();
	json_decref(copy);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct kms_lint l;
	struct shape_faults f = { 0 };
	json_t *policy;

	if (kms_lint_read(span_of(p, n), &policy, &f) != OK)
		return 0;
	memset(&l, 0, sizeof l);
	kms_lint_run(policy, &l);
	if (l.at[0] != '\0')
		abort();
	kms_lint_locate(span_of(p, n), &l);
	if (l.n > KMS_FINDINGS || l.use_n > KMS_STATEMENTS)
		abort();
	for (size_t i = 0; i < l.n; i++)
		if (l.finding[i].kind >= KMS_KINDS || l.finding[i].line > n ||
		    memchr(l.finding[i].text, 0, sizeof l.finding[i].text) ==
			NULL)
			abort();
	if (l.n == 0)
		sound(policy, &l);
	json_decref(policy);
	return 0;
}
