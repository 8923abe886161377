/* SPDX-License-Identifier: ISC */
#include "words.h"

#include "mem.h"

const char *
words_names(const struct keyset *s)
{
	const char *t = "";

	for (size_t i = 0; i < s->n; i++)
		t = mem_printf("%s%s%.*s", t, i > 0 ? ", " : "",
		    (int)s->key[i].name.n, (const char *)s->key[i].name.p);
	return s->n > 0 ? t : "nobody";
}

const char *
words_of(uint64_t threshold, const struct keyset *s)
{
	if (s->n == 0)
		return "nobody";
	if (threshold == 1 && s->n == 1)
		return words_names(s);
	return mem_printf("%llu of %s", (unsigned long long)threshold,
	    words_names(s));
}

const char *
words_revokers(const struct policy *p, bool policy_stage, bool backed)
{
	const char *control = words_of(p->threshold, &p->control);
	const char *most = words_of(policy_majority(p), &p->guardians);

	if (p->guardians.n == 0)
		return control;
	if (backed)
		return most;
	if (policy_stage)
		return mem_printf("%s; or %s", most, control);
	return mem_printf("%s; or %s", words_of(1, &p->guardians), control);
}

const char *
words_count(uint64_t n, const char *thing)
{
	return mem_printf("%llu %s%s", (unsigned long long)n, thing,
	    n == 1 ? "" : "s");
}

const char *
words_indexes(uint32_t mask)
{
	const char *t = "";

	for (unsigned i = 0; i < 32; i++)
		if (mask >> i & 1)
			t = mem_printf("%s%s%u", t, t[0] ? ", " : "", i);
	return t;
}

const char *
words_grouped(struct span s)
{
	const char *hex = mem_hex(s);
	char *t = mem_new(3 * s.n + 1), *p = t;

	for (size_t i = 0; i < 2 * s.n; i++) {
		if (i > 0 && i % 4 == 0)
			*p++ = ' ';
		*p++ = hex[i];
	}
	return t;
}
