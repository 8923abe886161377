/* SPDX-License-Identifier: ISC */
#include "simpcrs.h"

#include "chain/text.h"
#include "system/whole.h"

#define FILE_MAX 65536
#define HEX_SIZE ((size_t)2 * PCR_SIZE)

static bool
set(struct nsm_sim *sim, unsigned index, struct span hex)
{
	uint8_t value[PCR_SIZE];

	if (index >= PCR_COUNT || hex.n != HEX_SIZE ||
	    !text_unhex(hex, value, PCR_SIZE))
		return false;
	nsm_sim_set_pcr(sim, index, value);
	return true;
}

/* One or two digits. */
static bool
index_of(struct span s, unsigned *index)
{
	*index = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*index = *index * 10 + (unsigned)(s.p[i] - '0');
	}
	return s.n == 1 || s.n == 2;
}

bool
simpcrs_one(struct nsm_sim *sim, const char *text)
{
	const char *is = strchr(text, '=');
	unsigned index;

	return is && index_of(span_of(text, (size_t)(is - text)), &index) &&
	       set(sim, index, span_str(is + 1));
}

/* The next string in quotes; none has an escape where it matters here. */
static bool
next_string(struct span *s, struct span *v)
{
	const uint8_t *from = s->n ? memchr(s->p, '"', s->n) : NULL, *to;

	if (!from)
		return false;
	from++;
	to = memchr(from, '"', (size_t)(s->p + s->n - from));
	if (!to)
		return false;
	*v = span_of(from, (size_t)(to - from));
	*s = span_of(to + 1, (size_t)(s->p + s->n - to - 1));
	return true;
}

static enum err
set_all(struct nsm_sim *sim, struct span s)
{
	struct span key, value;
	unsigned index;
	size_t n = 0;

	while (next_string(&s, &key)) {
		if (key.n < 4 || memcmp(key.p, "PCR", 3) != 0 ||
		    !index_of(span_of(key.p + 3, key.n - 3), &index))
			continue;
		if (!next_string(&s, &value) || !set(sim, index, value))
			return ERR_PCRS_BAD;
		n++;
	}
	return n ? OK : ERR_PCRS_BAD;
}

enum err
simpcrs_file(struct nsm_sim *sim, const char *path)
{
	static uint8_t buf[FILE_MAX];
	size_t n;

	TRY(whole_file(path, buf, sizeof buf, &n));
	return set_all(sim, span_of(buf, n));
}
