/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include <sodium/utils.h>

#include "chain/hash.h"
#include "chain/signer.h"
#include "chain/wire.h"
#include "tests/lib/forge.h"
#include "tests/lib/holder.h"
#include "tests/lib/suite.h"

static const char payload_text[] = "what people sign";
#define PAYLOAD span_str(payload_text)

#define HOLDER(h, t, number) \
	__attribute__((cleanup(holder_free))) struct holder h; \
	holder_make(&h, t, number)

#define EACH_TYPE(t) \
	enum key_type t = KEY_ED25519; \
	t <= KEY_SK_P256; \
	t++

START_TEST(tbs_is_as_openssh_lays_it_out)
{
	uint8_t tbs[SSHSIG_TBS_SIZE];
	struct span head = forge_hex("5353485349470000000a636861696e40656e636c"
				     "000000000000000673686135313200000040");
	uint8_t hash[64];

	ck_assert_int_eq(sshsig_tbs(PAYLOAD, tbs), OK);
	ck_assert_int_eq(hash_sha512(PAYLOAD, hash), OK);
	ck_assert_uint_eq(head.n + 64, SSHSIG_TBS_SIZE);
	ck_assert(memcmp(tbs, head.p, head.n) == 0);
	ck_assert(memcmp(tbs + head.n, hash, 64) == 0);
}
END_TEST

START_TEST(every_type_verifies_what_it_signed)
{
	uint8_t sig[KEY_SIG_MAX];

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);
		struct span s = holder_sign(&h, PAYLOAD, 1, sig);

		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), OK);
		ck_assert_int_eq(sshsig_verify(h.blob, span_str("another"), s),
		    ERR_SIG_BAD);
		sig[8] ^= 1;
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s),
		    ERR_SIG_BAD);
	}
}
END_TEST

START_TEST(another_key_does_not_verify)
{
	uint8_t sig[KEY_SIG_MAX];

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);
		HOLDER(other, t, 1);
		struct span s = holder_sign(&h, PAYLOAD, 1, sig);

		ck_assert_int_eq(sshsig_verify(other.blob, PAYLOAD, s),
		    ERR_SIG_BAD);
	}
}
END_TEST

START_TEST(lengths_are_exact)
{
	uint8_t sig[KEY_SIG_MAX + 1] = { 0 };

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);
		struct span s = holder_sign(&h, PAYLOAD, 1, sig);

		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
				     span_of(sig, s.n - 1)),
		    ERR_SIG_FORM);
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
				     span_of(sig, s.n + 1)),
		    ERR_SIG_FORM);
	}
}
END_TEST

START_TEST(a_token_without_touch_is_refused)
{
	uint8_t sig[KEY_SIG_MAX];

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);

		if (!key_is_sk(t))
			continue;
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
				     holder_sign(&h, PAYLOAD, 5, sig)),
		    OK);
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
				     holder_sign(&h, PAYLOAD, 0, sig)),
		    ERR_SIG_NO_TOUCH);
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD,
				     holder_sign(&h, PAYLOAD, 4, sig)),
		    ERR_SIG_NO_TOUCH);
	}
}
END_TEST

START_TEST(a_token_signs_its_flags_and_counter)
{
	uint8_t sig[KEY_SIG_MAX];

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);
		struct span s = holder_sign(&h, PAYLOAD, 1, sig);

		if (!key_is_sk(t))
			continue;
		sig[s.n - 5] = 5;
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s),
		    ERR_SIG_BAD);
		sig[s.n - 5] = 1;
		sig[s.n - 1] ^= 1;
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s),
		    ERR_SIG_BAD);
	}
}
END_TEST

/* s becomes n - s, by turning the low form back. */
static void
high_s(enum curve c, uint8_t *sig)
{
	static const char *const order[] = { NULL,
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325"
		"51",
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372d"
		"df"
		"581a0db248b0a77aecec196accc52973" };
	size_t half = curve_sig_size(c) / 2;
	struct span n = forge_hex(order[c]);
	int borrow = 0;

	for (size_t i = half; i > 0; i--) {
		int d = n.p[i - 1] - sig[half + i - 1] - borrow;

		borrow = d < 0;
		sig[half + i - 1] = (uint8_t)d;
	}
}

START_TEST(one_signature_has_one_form)
{
	uint8_t sig[KEY_SIG_MAX];

	for (EACH_TYPE(t)) {
		HOLDER(h, t, 0);
		struct span s = holder_sign(&h, PAYLOAD, 1, sig);
		uint8_t low[KEY_SIG_MAX];

		if (key_curve(t) == CURVE_ED25519)
			continue;
		memcpy(low, sig, s.n);
		high_s(key_curve(t), sig);
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s),
		    ERR_SIG_HIGH_S);
		/* the same signature, so without the rule it would pass */
		ck_assert_int_eq(sshsig_low_s(t, sig, s.n), OK);
		ck_assert(memcmp(low, sig, s.n) == 0);
		ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), OK);
	}
}
END_TEST

START_TEST(r_and_s_are_in_range)
{
	uint8_t sig[KEY_SIG_MAX];
	HOLDER(h, KEY_P256, 0);
	struct span s = holder_sign(&h, PAYLOAD, 1, sig);
	struct span n = forge_hex(
	    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

	memset(sig, 0, 32);
	ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), ERR_SIG_FORM);
	memcpy(sig, n.p, 32);
	ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), ERR_SIG_FORM);
	sig[31]--;
	ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), ERR_SIG_BAD);
	memset(sig + 32, 0, 32);
	ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), ERR_SIG_FORM);
}
END_TEST

START_TEST(ed25519_s_is_canonical)
{
	/* L, little-endian: S + L verifies the same equation. */
	struct span l = forge_hex(
	    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	uint8_t sig[KEY_SIG_MAX];
	HOLDER(h, KEY_ED25519, 0);
	struct span s = holder_sign(&h, PAYLOAD, 1, sig);
	unsigned carry = 0;

	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + l.p[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	ck_assert_int_eq(sshsig_verify(h.blob, PAYLOAD, s), ERR_SIG_BAD);
}
END_TEST

START_TEST(armour_comes_back)
{
	uint8_t sig[KEY_SIG_MAX], blob_buf[KEY_BLOB_MAX], again[KEY_SIG_MAX];
	char text[SSHSIG_ARMOR_MAX];

	for (EACH_TYPE(t)) {
		for (int round = 0; round < 20; round++) {
			HOLDER(h, t, 0);
			struct span s = holder_sign(&h, PAYLOAD, 1, sig), blob,
				    sig2;
			struct out o = out_of(text, sizeof text);

			ck_assert_int_eq(sshsig_armor(&o, h.blob, s), OK);
			ck_assert(text[o.n] == 0 && text[o.n - 1] == '\n');
			ck_assert_int_eq(sshsig_dearmor(out_span(&o), blob_buf,
					     &blob, again, &sig2),
			    OK);
			ck_assert(span_eq(blob, h.blob) && span_eq(sig2, s));
		}
	}
}
END_TEST

/* The armour around raw bytes. */
static struct span
armoured(struct span raw)
{
	static char text[4096], b64[3000];

	sodium_bin2base64(b64, sizeof b64, raw.p, raw.n,
	    sodium_base64_VARIANT_ORIGINAL);
	snprintf(text, sizeof text,
	    "-----BEGIN SSH SIGNATURE-----\n%s\n-----END SSH SIGNATURE-----\n",
	    b64);
	return span_str(text);
}

static struct span
raw(struct span magic, struct span blob, const char *namespace,
    const char *reserved, const char *hash, struct span inner)
{
	static uint8_t buf[2048];
	struct out o = out_of(buf, sizeof buf);

	out_put(&o, magic.p, magic.n);
	wire_put_string(&o, blob);
	wire_put_string(&o, span_str(namespace));
	wire_put_string(&o, span_str(reserved));
	wire_put_string(&o, span_str(hash));
	wire_put_string(&o, inner);
	return out_span(&o);
}

static enum err
dearmor(struct span text)
{
	uint8_t blob_buf[KEY_BLOB_MAX], sig_buf[KEY_SIG_MAX];
	struct span blob, sig;

	return sshsig_dearmor(text, blob_buf, &blob, sig_buf, &sig);
}

START_TEST(armour_names_namespace_and_hash)
{
	HOLDER(h, KEY_ED25519, 0);
	uint8_t sig[KEY_SIG_MAX], inner_buf[128];
	struct out inner = out_of(inner_buf, sizeof inner_buf);
	struct span magic = span_of("SSHSIG\0\0\0\1", 10), in, b = h.blob;

	wire_put_string(&inner, span_str("ssh-ed25519"));
	wire_put_string(&inner, holder_sign(&h, PAYLOAD, 1, sig));
	in = out_span(&inner);
#define TRY_RAW(m, ns, res, hash, i) \
	dearmor(armoured(raw(m, b, ns, res, hash, i)))
	ck_assert_int_eq(TRY_RAW(magic, "chain@encl", "", "sha512", in), OK);
	ck_assert_int_eq(TRY_RAW(magic, "file", "", "sha512", in),
	    ERR_SSHSIG_NAMESPACE);
	ck_assert_int_eq(TRY_RAW(magic, "chain@encl", "", "sha256", in),
	    ERR_SSHSIG_NAMESPACE);
	ck_assert_int_eq(TRY_RAW(magic, "chain@encl", "x", "sha512", in),
	    ERR_SSHSIG_BAD);
	ck_assert_int_eq(TRY_RAW(span_of("SSHSIG\0\0\0\2", 10), "chain@encl",
			     "", "sha512", in),
	    ERR_SSHSIG_BAD);
	ck_assert_int_eq(TRY_RAW(span_of("SSHSIX\0\0\0\1", 10), "chain@encl",
			     "", "sha512", in),
	    ERR_SSHSIG_BAD);
	ck_assert_int_eq(TRY_RAW(magic, "chain@encl", "", "sha512",
			     span_of(in.p, in.n - 1)),
	    ERR_SSHSIG_BAD);
	b = span_of(h.blob.p, h.blob.n - 1);
	ck_assert_int_eq(TRY_RAW(magic, "chain@encl", "", "sha512", in),
	    ERR_KEY_BAD);
}
END_TEST

START_TEST(armour_is_whole)
{
	static const char *const bad[] = { "", "-----BEGIN SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE----------END SSH SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----\n!\n"
		"-----END SSH SIGNATURE-----",
		"-----BEGIN PGP SIGNATURE-----\nU1NI\n"
		"-----END SSH SIGNATURE-----" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(dearmor(span_str(bad[i])), ERR_SSHSIG_BAD);
}
END_TEST

static enum err
sign_wrong(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	(void)payload;
	memcpy(sig, ctx, 64);
	*n = 64;
	return OK;
}

START_TEST(a_holder_that_signs_wrong_is_caught)
{
	HOLDER(h, KEY_ED25519, 0);
	uint8_t right[KEY_SIG_MAX], sig[KEY_SIG_MAX];
	struct signer s = { .ctx = right, .sign = sign_wrong };
	size_t n;

	holder_sign(&h, PAYLOAD, 1, right);
	s.blob = h.blob;
	ck_assert_int_eq(signer_sign(&s, PAYLOAD, sig, &n), OK);
	right[0] ^= 1;
	ck_assert_int_eq(signer_sign(&s, PAYLOAD, sig, &n), ERR_SIG_BAD);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { tbs_is_as_openssh_lays_it_out,
		every_type_verifies_what_it_signed, another_key_does_not_verify,
		lengths_are_exact, a_token_without_touch_is_refused,
		a_token_signs_its_flags_and_counter, one_signature_has_one_form,
		r_and_s_are_in_range, ed25519_s_is_canonical, armour_comes_back,
		armour_names_namespace_and_hash, armour_is_whole,
		a_holder_that_signs_wrong_is_caught };

	return SUITE_RUN("sshsig", t);
}
