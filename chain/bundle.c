/* SPDX-License-Identifier: ISC */
#include "bundle.h"

#include "hash.h"
#include "x509.h"

/* What the certificate before leaves for the next one. */
struct link {
	struct h32 id;
	struct span subject;
	const uint8_t *point;
	int64_t not_before, not_after;
	uint8_t path_len;
};

static const struct h32 no_issuer;

/* A slot says: this certificate, as one of this role and signed by exactly
 * this other one, passed everything that depends on the two alone.  It says
 * nothing of the issuer, of time or of the place in a bundle; so whoever walks
 * from the root through slots has the verdict that a walk without them has. */
static struct attest_cached *
find(struct attest_cache *cache, const struct h32 *cert,
    const struct h32 *issuer, bool ca)
{
	if (!cache)
		return NULL;
	for (size_t i = 0; i < ATTEST_CACHE_SLOTS; i++) {
		struct attest_cached *s = &cache->slot[i];

		if (s->used && s->ca == ca && h32_eq(&s->cert, cert) &&
		    h32_eq(&s->issuer, issuer)) {
			s->stamp = ++cache->clock;
			return s;
		}
	}
	return NULL;
}

static void
remember(struct attest_cache *cache, struct span der, const struct link *l,
    const struct h32 *issuer, bool ca)
{
	struct attest_cached *s = cache->slot;

	for (size_t i = 0; i < ATTEST_CACHE_SLOTS && s->used; i++) {
		if (!cache->slot[i].used || cache->slot[i].stamp < s->stamp)
			s = &cache->slot[i];
	}
	*s = (struct attest_cached){
		.used = true,
		.ca = ca,
		.path_len = l->path_len,
		.subject_at = (uint16_t)(l->subject.p - der.p),
		.subject_n = (uint16_t)l->subject.n,
		.point_at = (uint16_t)(l->point - der.p),
		.stamp = ++cache->clock,
		.cert = l->id,
		.issuer = *issuer,
		.not_before = l->not_before,
		.not_after = l->not_after,
	};
}

/* The hashes are equal, so the bytes are, and what was found in them is where
 * it was. */
static void
recall(const struct attest_cached *s, struct span der, struct link *l)
{
	l->subject = span_of(der.p + s->subject_at, s->subject_n);
	l->point = der.p + s->point_at;
	l->not_before = s->not_before;
	l->not_after = s->not_after;
	l->path_len = s->path_len;
}

static enum err
judge_ca(const struct x509 *c)
{
	if (!c->ca || !c->ca_critical)
		return ERR_CERT_CA;
	return c->usage & X509_KEY_CERT_SIGN ? OK : ERR_CERT_KEY_USAGE;
}

static enum err
judge_leaf(const struct x509 *c)
{
	if (c->ca || c->path_len != X509_NO_PATH_LEN)
		return ERR_CERT_LEAF_CA;
	return c->usage & X509_DIGITAL_SIGNATURE ? OK : ERR_CERT_KEY_USAGE;
}

/* issuer is NULL for the root. */
static enum err
inspect(struct span der, const struct link *issuer, bool ca, struct x509 *c,
    struct link *l)
{
	TRY(x509_parse(der, c));
	if (!p384_on_curve(c->point))
		return ERR_CERT_KEY;
	TRY(ca ? judge_ca(c) : judge_leaf(c));
	if (issuer && !span_eq(c->issuer, issuer->subject))
		return ERR_CERT_ISSUER;
	l->subject = c->subject;
	l->point = c->point;
	l->not_before = c->not_before;
	l->not_after = c->not_after;
	l->path_len = c->path_len;
	return OK;
}

static enum err
judge_place(const struct link *l, int64_t now, size_t cas_below)
{
	if (now < l->not_before)
		return ERR_CERT_NOT_YET;
	if (now > l->not_after)
		return ERR_CERT_EXPIRED;
	if (l->path_len != X509_NO_PATH_LEN && l->path_len < cas_below)
		return ERR_CERT_PATHLEN;
	return OK;
}

static enum err
check_signature(const struct x509 *c, const struct link *issuer)
{
	uint8_t digest[P384_SIZE];

	TRY(hash_sha384(&c->tbs, 1, digest));
	return p384_verify(issuer->point, digest, c->sig) ? OK : ERR_CERT_SIG;
}

struct walker {
	struct attest_cache *cache;
	int64_t now;
	struct link link[2]; /* the newest and the one before, in turn */
};

/* l->id is known already.  What is remembered was sound by itself, so the
 * first error is the same with and without a cache. */
static enum err
step(struct walker *w, struct span der, const struct link *issuer, bool ca,
    size_t cas_below, struct link *l)
{
	const struct h32 *by = issuer ? &issuer->id : &no_issuer;
	const struct attest_cached *s = find(w->cache, &l->id, by, ca);
	struct x509 c;

	if (s) {
		recall(s, der, l);
		return judge_place(l, w->now, cas_below);
	}
	TRY(inspect(der, issuer, ca, &c, l));
	TRY(judge_place(l, w->now, cas_below));
	if (issuer) {
		if (w->cache)
			w->cache->checks++;
		TRY(check_signature(&c, issuer));
	}
	if (w->cache)
		remember(w->cache, der, l, by, ca);
	return OK;
}

enum err
bundle_verify(const struct attest *a, const struct h32 *root, uint64_t at,
    struct attest_cache *cache, const uint8_t **point)
{
	struct walker w = { .cache = cache, .now = (int64_t)(at / 1000) };
	struct link *l = &w.link[0];

	TRY(hash_sha256(a->ca[0], &l->id));
	if (!h32_eq(&l->id, root))
		return ERR_DOC_ROOT;
	TRY(step(&w, a->ca[0], NULL, true, a->ca_n - 1, l));
	for (size_t i = 1; i <= a->ca_n; i++) {
		bool ca = i < a->ca_n;
		struct span der = ca ? a->ca[i] : a->certificate;
		const struct link *issuer = l;

		l = &w.link[i % 2];
		TRY(hash_sha256(der, &l->id));
		TRY(step(&w, der, issuer, ca, ca ? a->ca_n - 1 - i : 0, l));
	}
	*point = l->point;
	return OK;
}
