/* SPDX-License-Identifier: ISC */
#include "pkcs11_key.h"

#include "chain/hash.h"
#include "chain/sshsig.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "pkcs11_talk.h"

#define OBJECTS 4096 /* of one class */
#define CERTIFICATE_MAX 8192
#define AUTHORITY 2 /* CKA_CERTIFICATE_CATEGORY */

enum part { PUBLIC, PRIVATE, CERTIFICATE };

static const CK_OBJECT_CLASS classes[] = { CKO_PUBLIC_KEY, CKO_PRIVATE_KEY,
	CKO_CERTIFICATE };

/* What of one listing is passed along. */
struct reading {
	struct pkcs11_token *t;
	struct pkcs11_key *k;
	size_t n;
};

size_t
pkcs11_key_attribute(const struct pkcs11_token *t, CK_OBJECT_HANDLE o,
    CK_ATTRIBUTE_TYPE type, void *b, size_t cap)
{
	CK_ATTRIBUTE a = { type, b, cap };

	if (t->m->C_GetAttributeValue(t->session, o, &a, 1) == CKR_OK &&
	    a.ulValueLen <= cap)
		return a.ulValueLen;
	memset(b, 0, cap);
	return 0;
}

static bool
flag(const struct pkcs11_token *t, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
    bool otherwise)
{
	CK_BBOOL v = CK_FALSE;

	return pkcs11_key_attribute(t, o, type, &v, sizeof v) == sizeof v
		   ? v != CK_FALSE
		   : otherwise;
}

static CK_ULONG
number(const struct pkcs11_token *t, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_TYPE type,
    CK_ULONG otherwise)
{
	CK_ULONG v;

	return pkcs11_key_attribute(t, o, type, &v, sizeof v) == sizeof v
		   ? v
		   : otherwise;
}

static const char *
kind_name(CK_ULONG type)
{
	switch (type) {
	case CKK_RSA:
		return "RSA";
	case CKK_EC:
	case CKK_EC_EDWARDS:
		return "on another curve";
	default:
		return "of another kind";
	}
}

/* The public half, as far as this object has it. */
static void
read_point(const struct pkcs11_token *t, CK_OBJECT_HANDLE o,
    struct pkcs11_key *k)
{
	uint8_t b[256];
	CK_ULONG type = number(t, o, CKA_KEY_TYPE, CKK_VENDOR_DEFINED);
	size_t n;

	k->kind = kind_name(type);
	if (type != CKK_EC && type != CKK_EC_EDWARDS)
		return;
	n = pkcs11_key_attribute(t, o, CKA_EC_PARAMS, b, sizeof b);
	if (pkcs11_ec_params(span_of(b, n), &k->ec.type) != OK)
		return;
	n = pkcs11_key_attribute(t, o, CKA_EC_POINT, b, sizeof b);
	if (n > 0 && pkcs11_ec_point(span_of(b, n), &k->ec) != OK)
		k->kind = "with a malformed point";
}

static void
read_certificate(const struct pkcs11_token *t, CK_OBJECT_HANDLE o,
    struct pkcs11_key *k)
{
	uint8_t b[CERTIFICATE_MAX];
	size_t n = pkcs11_key_attribute(t, o, CKA_VALUE, b, sizeof b);

	if (pkcs11_ec_certificate(span_of(b, n), &k->ec) != OK &&
	    k->kind == NULL)
		k->kind = "of a certificate with another kind of key";
}

/* The key that the object belongs to, a new one if need be. */
static struct pkcs11_key *
belongs(struct reading *r, const uint8_t *id, size_t id_n, const char *label)
{
	for (size_t i = 0; i < r->n; i++) {
		struct pkcs11_key *k = &r->k[i];
		bool same = span_eq(span_of(k->id, k->id_n), span_of(id, id_n));

		if (same &&
		    (id_n > 0 || strcmp(pkcs11_key_label(k), label) == 0))
			return k;
	}
	if (r->n == PKCS11_KEYS)
		return NULL;
	memset(&r->k[r->n], 0, sizeof r->k[r->n]);
	memcpy(r->k[r->n].id, id, id_n);
	r->k[r->n].id_n = id_n;
	r->k[r->n].token = r->t;
	return &r->k[r->n++];
}

static void
read_object(struct reading *r, CK_OBJECT_HANDLE o, enum part part)
{
	uint8_t id[PKCS11_ID_MAX];
	size_t id_n = pkcs11_key_attribute(r->t, o, CKA_ID, id, sizeof id);
	char label[sizeof r->k->label[0]] = "";
	struct pkcs11_key *k;

	(void)pkcs11_key_attribute(r->t, o, CKA_LABEL, label, sizeof label - 1);
	if (part == CERTIFICATE &&
	    number(r->t, o, CKA_CERTIFICATE_CATEGORY, 0) == AUTHORITY)
		return;
	k = belongs(r, id, id_n, label);
	if (k == NULL)
		return;
	memcpy(k->label[part], label, sizeof label);
	if (part == PRIVATE) {
		k->private = true;
		k->signs = flag(r->t, o, CKA_SIGN, true);
	}
	if (k->ec.n > 0)
		return;
	if (part == CERTIFICATE)
		read_certificate(r->t, o, k);
	else
		read_point(r->t, o, k);
}

static enum err
objects(const struct pkcs11_token *t, CK_ATTRIBUTE *template, CK_ULONG n,
    CK_OBJECT_HANDLE *found, size_t *found_n)
{
	CK_RV rv = t->m->C_FindObjectsInit(t->session, template, n);
	CK_ULONG got = 0;

	*found_n = 0;
	if (rv != CKR_OK)
		return pkcs11_token_error(t, "for its objects", rv);
	do {
		rv = t->m->C_FindObjects(t->session, found + *found_n,
		    OBJECTS - *found_n, &got);
		if (rv != CKR_OK || got > OBJECTS - *found_n)
			break;
		*found_n += got;
	} while (got > 0 && *found_n < OBJECTS);
	(void)t->m->C_FindObjectsFinal(t->session);
	return rv == CKR_OK ? OK : pkcs11_token_error(t, "for its objects", rv);
}

/* All objects of the three classes, or those with this attribute too. */
static enum err
read_objects(struct reading *r, const CK_ATTRIBUTE *only)
{
	CK_OBJECT_HANDLE *o = mem_new(OBJECTS * sizeof *o);
	size_t n;

	for (size_t part = 0; part < 3; part++) {
		CK_OBJECT_CLASS class = classes[part];
		CK_ATTRIBUTE a[2] = { { CKA_CLASS, &class, sizeof class } };

		if (only != NULL)
			a[1] = *only;
		TRY(objects(r->t, a, only != NULL ? 2 : 1, o, &n));
		for (size_t i = 0; i < n; i++)
			read_object(r, o[i], (enum part)part);
	}
	return OK;
}

static CK_ATTRIBUTE
attribute(CK_ATTRIBUTE_TYPE type, struct span s)
{
	return (CK_ATTRIBUTE){ type, (void *)(uintptr_t)s.p, s.n };
}

/* A token may hold thousands, so it is asked for what is named.  By a label
 * it may show one half alone; the id brings the other. */
static enum err
read_named(struct reading *r, const struct pkcs11_uri *u)
{
	CK_ATTRIBUTE a;
	size_t n;

	if (u->id.n > 0) {
		a = attribute(CKA_ID, u->id);
		return read_objects(r, &a);
	}
	if (u->object == NULL)
		return read_objects(r, NULL);
	a = attribute(CKA_LABEL, span_str(u->object));
	TRY(read_objects(r, &a));
	n = r->n;
	for (size_t i = 0; i < n; i++) {
		a = attribute(CKA_ID, span_of(r->k[i].id, r->k[i].id_n));
		if (r->k[i].id_n > 0)
			TRY(read_objects(r, &a));
	}
	return OK;
}

static bool
named(const struct pkcs11_key *k, const struct pkcs11_uri *u)
{
	bool label = u->object == NULL;

	for (size_t i = 0; !label && i < 3; i++)
		label = strcmp(k->label[i], u->object) == 0;
	return label &&
	       (u->id.n == 0 || span_eq(u->id, span_of(k->id, k->id_n)));
}

/* Before a login the private half may be there and not be shown; where none is
 * wanted, all is shown. */
static bool
may_sign(const struct pkcs11_key *k)
{
	const struct pkcs11_token *t = k->token;

	if (k->private)
		return k->signs;
	return t->info.flags & CKF_LOGIN_REQUIRED && !t->logged_in;
}

enum err
pkcs11_key_list(struct pkcs11_token *t, const struct pkcs11_uri *u,
    struct pkcs11_key *k, size_t max, size_t *n, const char **unfit)
{
	struct reading r = { .t = t, .k = mem_new(PKCS11_KEYS * sizeof *r.k) };

	*n = 0;
	TRY(read_named(&r, u));
	for (size_t i = 0; i < r.n && *n < max; i++) {
		if (!named(&r.k[i], u) || !may_sign(&r.k[i]))
			continue;
		if (r.k[i].ec.n > 0)
			k[(*n)++] = r.k[i];
		else
			*unfit = r.k[i].kind;
	}
	return OK;
}

const char *
pkcs11_key_label(const struct pkcs11_key *k)
{
	static const enum part order[] = { PRIVATE, PUBLIC, CERTIFICATE };

	for (size_t i = 0; i < 3; i++)
		if (k->label[order[i]][0] != '\0')
			return k->label[order[i]];
	return "";
}

const char *
pkcs11_key_ref(const struct pkcs11_key *k, const struct pkcs11_uri *u)
{
	return pkcs11_uri_exact(u, &k->token->info, pkcs11_key_label(k),
	    span_of(k->id, k->id_n));
}

/* Its private key, to be seen now if ever. */
static enum err
private_of(const struct pkcs11_key *k, CK_OBJECT_HANDLE *o)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE a[2] = { { CKA_CLASS, &class, sizeof class } };
	CK_OBJECT_HANDLE *found = mem_new(OBJECTS * sizeof *found);
	size_t n;

	a[1] = k->id_n > 0
		   ? attribute(CKA_ID, span_of(k->id, k->id_n))
		   : attribute(CKA_LABEL, span_str(pkcs11_key_label(k)));
	TRY(objects(k->token, a, 2, found, &n));
	if (n == 0)
		return fail_with(ERR_KEY_MISSING,
		    "The %s has the public half of the key alone.",
		    k->token->name);
	if (n > 1)
		return fail_with(ERR_KEY_AMBIGUOUS,
		    "The %s has %zu private keys with one id.", k->token->name,
		    n);
	*o = found[0];
	return OK;
}

static enum err
digest(enum key_type type, struct span data, uint8_t d[48], struct span *out)
{
	struct h32 h;

	*out = data;
	if (type == KEY_P256) {
		TRY(hash_sha256(data, &h));
		memcpy(d, h.b, sizeof h.b);
		*out = span_of(d, 32);
	} else if (type == KEY_P384) {
		TRY(hash_sha384(&data, 1, d));
		*out = span_of(d, 48);
	}
	return OK;
}

static enum err
sign_with(const struct pkcs11_key *k, CK_OBJECT_HANDLE o, int fd,
    struct span data, struct span *pin, uint8_t *sig, size_t *n)
{
	struct pkcs11_token *t = k->token;
	CK_MECHANISM m = { k->ec.type == KEY_ED25519 ? CKM_EDDSA : CKM_ECDSA,
		NULL, 0 };
	const char *what =
	    mem_printf("%s, key \"%s\"", t->name, pkcs11_key_label(k));
	CK_ULONG made = KEY_SIG_MAX;
	uint8_t d[48];
	struct span in;
	CK_RV rv;

	TRY(digest(k->ec.type, data, d, &in));
	rv = t->m->C_SignInit(t->session, &m, o);
	if (rv != CKR_OK)
		return pkcs11_token_error(t, "to sign", rv);
	if (flag(t, o, CKA_ALWAYS_AUTHENTICATE, false))
		TRY(pkcs11_token_again(t, fd, pin));
	pkcs11_talk_say(fd, PKCS11_TOUCH, what);
	rv = t->m->C_Sign(t->session, (CK_BYTE *)(uintptr_t)in.p, in.n, sig,
	    &made);
	pkcs11_talk_say(fd, PKCS11_TOUCH_END, what);
	/* After a login that was accepted: so PIV cards, which have one word
	 * for this and for a touch that did not come. */
	if (rv == CKR_USER_NOT_LOGGED_IN && t->logged_in)
		return fail_with(ERR_TOUCH,
		    "The %s: a touch, or its PIN once more.", what);
	if (rv != CKR_OK)
		return pkcs11_token_error(t, "to sign", rv);
	*n = made;
	if (made > KEY_SIG_MAX || sshsig_low_s(k->ec.type, sig, made) != OK)
		return fail_with(ERR_DEVICE_GONE,
		    "What the %s gives is no signature.", t->name);
	return OK;
}

enum err
pkcs11_key_sign(const struct pkcs11_key *k, int fd, struct span data,
    uint8_t sig[KEY_SIG_MAX], size_t *n)
{
	struct span pin = span_of(NULL, 0);
	CK_OBJECT_HANDLE o = 0;
	enum err e = pkcs11_token_login(k->token, fd, &pin);

	if (e == OK)
		e = private_of(k, &o);
	if (e == OK)
		e = sign_with(k, o, fd, data, &pin, sig, n);
	pkcs11_talk_forget(&pin);
	return e;
}
