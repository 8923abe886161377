/* SPDX-License-Identifier: ISC */
#include "x509.h"

#include "der.h"
#include "text.h"

#define SERIAL_MAX 20 /* of the number; AWS adds the zero of the sign */

/* The two that the profile knows, as they stand in every certificate. */
static const uint8_t ecdsa_with_sha384[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
	0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 };
static const uint8_t secp384r1_point[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07,
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04,
	0x00, 0x22, 0x03, 0x62, 0x00, 0x04 };

static enum err
read_algorithm(struct span *in)
{
	struct span raw;

	if (!der_raw(in, DER_SEQUENCE, &raw))
		return ERR_CERT_DER;
	return span_eq(raw,
		   span_of(ecdsa_with_sha384, sizeof ecdsa_with_sha384))
		   ? OK
		   : ERR_CERT_ALG;
}

static enum err
read_version_serial(struct span *in)
{
	static const uint8_t v3[] = { DER_INTEGER, 1, 2 };
	struct span v, serial;

	if (!der_peek(in, DER_CONTEXT_0))
		return ERR_CERT_VERSION;
	if (!der_next(in, DER_CONTEXT_0, &v))
		return ERR_CERT_DER;
	if (!span_eq(v, span_of(v3, sizeof v3)))
		return ERR_CERT_VERSION;
	if (!der_uint(in, &serial) || serial.n == 0 || serial.n > SERIAL_MAX)
		return ERR_CERT_SERIAL;
	return OK;
}

/* Names are compared as bytes; here only their form is judged. */
static bool
read_name(struct span *in, struct span *name)
{
	struct span whole, rdns, rdn, pair, oid, value;

	if (!der_raw(in, DER_SEQUENCE, name))
		return false;
	whole = *name;
	if (!der_next(&whole, DER_SEQUENCE, &rdns) || rdns.n == 0)
		return false;
	while (rdns.n) {
		if (!der_next(&rdns, DER_SET, &rdn) ||
		    !der_next(&rdn, DER_SEQUENCE, &pair) || rdn.n != 0 ||
		    !der_oid(&pair, &oid))
			return false;
		if (der_peek(&pair, DER_UTF8_STRING)) {
			if (!der_next(&pair, DER_UTF8_STRING, &value) ||
			    !text_is_plain(value))
				return false;
		} else if (!der_next(&pair, DER_PRINTABLE_STRING, &value) ||
			   !text_is_line(value)) {
			return false;
		}
		if (pair.n != 0 || value.n == 0)
			return false;
	}
	return true;
}

static bool
digits(const uint8_t *p, size_t n, int *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*v = *v * 10 + (p[i] - '0');
	}
	return true;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to the first of March of a year counted from March, so
 * that the leap day is the last one. */
static int64_t
unix_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       1 - 719468;
}

/* RFC 5280 section 4.1.2.5: UTCTime until 2049, GeneralizedTime after. */
static bool
read_time(struct span *in, int64_t *at)
{
	struct span s;
	int year, mon, day, hour, min, sec;
	bool utc = der_peek(in, DER_UTC_TIME);
	size_t yn = utc ? 2 : 4;

	if (!der_next(in, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, &s) ||
	    s.n != yn + 11 || s.p[yn + 10] != 'Z' || !digits(s.p, yn, &year) ||
	    !digits(s.p + yn, 2, &mon) || !digits(s.p + yn + 2, 2, &day) ||
	    !digits(s.p + yn + 4, 2, &hour) || !digits(s.p + yn + 6, 2, &min) ||
	    !digits(s.p + yn + 8, 2, &sec))
		return false;
	if (utc) {
		year += year < 50 ? 2000 : 1900;
	} else if (year < 2050) {
		return false;
	}
	if (mon < 1 || mon > 12 || day < 1 || day > month_days(year, mon) ||
	    hour > 23 || min > 59 || sec > 59)
		return false;
	*at = ((unix_days(year, mon, day) * 24 + hour) * 60 + min) * 60 + sec;
	return true;
}

static enum err
read_validity(struct span *in, struct x509 *c)
{
	struct span v;

	if (!der_next(in, DER_SEQUENCE, &v))
		return ERR_CERT_DER;
	if (!read_time(&v, &c->not_before) || !read_time(&v, &c->not_after) ||
	    v.n != 0)
		return ERR_CERT_TIME;
	return OK;
}

static enum err
read_key(struct span *in, struct x509 *c)
{
	struct span raw;

	if (!der_raw(in, DER_SEQUENCE, &raw))
		return ERR_CERT_DER;
	if (raw.n != sizeof secp384r1_point + P384_POINT ||
	    memcmp(raw.p, secp384r1_point, sizeof secp384r1_point) != 0)
		return ERR_CERT_KEY;
	c->point = raw.p + sizeof secp384r1_point;
	return OK;
}

static enum err
read_constraints(struct span v, bool critical, struct x509 *c)
{
	struct span seq, len;

	if (!der_next(&v, DER_SEQUENCE, &seq) || v.n != 0 ||
	    !der_true(&seq, &c->ca))
		return ERR_CERT_DER;
	c->ca_critical = critical;
	if (seq.n == 0)
		return OK;
	if (!der_uint(&seq, &len) || seq.n != 0)
		return ERR_CERT_DER;
	if (len.n == 0) {
		c->path_len = 0;
	} else if (len.n == 1 && len.p[0] < X509_NO_PATH_LEN) {
		c->path_len = len.p[0];
	} else {
		c->path_len = X509_NO_PATH_LEN - 1;
	}
	return OK;
}

/* A named bit list: the last bit that is written is a one. */
static enum err
read_usage(struct span v, bool critical, struct x509 *c)
{
	struct span bits;

	(void)critical;
	if (!der_next(&v, DER_BIT_STRING, &bits) || v.n != 0 || bits.n < 2 ||
	    bits.n > 3 || bits.p[0] > 7)
		return ERR_CERT_DER;
	uint8_t last = bits.p[bits.n - 1];
	unsigned low = 1U << bits.p[0];
	if ((last & low) == 0 || (last & (low - 1)) != 0)
		return ERR_CERT_DER;
	for (unsigned i = 0; i < 8 * (bits.n - 1); i++) {
		if (bits.p[1 + i / 8] & (0x80 >> i % 8))
			c->usage = (uint16_t)(c->usage | 1U << i);
	}
	return OK;
}

static enum err
read_forbidden(struct span v, bool critical, struct x509 *c)
{
	(void)v, (void)critical, (void)c;
	return ERR_CERT_EXTENSION;
}

/* Constraints that this reader does not enforce are refused even where they
 * are not critical; anything else that is not critical is ignored. */
static const struct extension {
	uint8_t oid[3];
	enum err (*read)(struct span v, bool critical, struct x509 *c);
} extensions[] = {
	{ { 0x55, 0x1d, 0x13 }, read_constraints },
	{ { 0x55, 0x1d, 0x0f }, read_usage },
	{ { 0x55, 0x1d, 0x1e }, read_forbidden }, /* nameConstraints */
	{ { 0x55, 0x1d, 0x21 }, read_forbidden }, /* policyMappings */
	{ { 0x55, 0x1d, 0x24 }, read_forbidden }, /* policyConstraints */
	{ { 0x55, 0x1d, 0x36 }, read_forbidden }  /* inhibitAnyPolicy */
};

static enum err
read_extension(struct span *in, struct span *oid, struct x509 *c)
{
	struct span ext, value;
	bool critical;

	if (!der_next(in, DER_SEQUENCE, &ext) || !der_oid(&ext, oid) ||
	    !der_true(&ext, &critical) ||
	    !der_next(&ext, DER_OCTET_STRING, &value) || ext.n != 0)
		return ERR_CERT_DER;
	for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
		if (span_eq(*oid, span_of(extensions[i].oid, 3)))
			return extensions[i].read(value, critical, c);
	}
	return critical ? ERR_CERT_EXTENSION : OK;
}

static enum err
read_extensions(struct span *in, struct x509 *c)
{
	struct span explicit, list, oid[X509_EXTENSIONS];

	if (in->n == 0)
		return OK;
	if (!der_next(in, DER_CONTEXT_3, &explicit) || in->n != 0 ||
	    !der_next(&explicit, DER_SEQUENCE, &list) || explicit.n != 0 ||
	    list.n == 0)
		return ERR_CERT_DER;
	for (size_t n = 0; list.n; n++) {
		if (n == X509_EXTENSIONS)
			return ERR_CERT_EXTENSION;
		TRY(read_extension(&list, &oid[n], c));
		for (size_t i = 0; i < n; i++) {
			if (span_eq(oid[i], oid[n]))
				return ERR_CERT_EXTENSION;
		}
	}
	return OK;
}

static enum err
read_tbs(struct span tbs, struct x509 *c)
{
	TRY(read_version_serial(&tbs));
	TRY(read_algorithm(&tbs));
	if (!read_name(&tbs, &c->issuer))
		return ERR_CERT_DER;
	TRY(read_validity(&tbs, c));
	if (!read_name(&tbs, &c->subject))
		return ERR_CERT_DER;
	TRY(read_key(&tbs, c));
	return read_extensions(&tbs, c);
}

enum err
x509_parse(struct span der, struct x509 *c)
{
	struct span cert, signed_part, tbs, sig;

	memset(c, 0, sizeof *c);
	c->path_len = X509_NO_PATH_LEN;
	if (!der_next(&der, DER_SEQUENCE, &cert) || der.n != 0 ||
	    !der_raw(&cert, DER_SEQUENCE, &c->tbs))
		return ERR_CERT_DER;
	TRY(read_algorithm(&cert));
	if (!der_next(&cert, DER_BIT_STRING, &sig) || cert.n != 0 ||
	    sig.n == 0 || sig.p[0] != 0 ||
	    !p384_sig_der(span_of(sig.p + 1, sig.n - 1), c->sig))
		return ERR_CERT_DER;
	signed_part = c->tbs;
	if (!der_next(&signed_part, DER_SEQUENCE, &tbs))
		return ERR_CERT_DER;
	return read_tbs(tbs, c);
}
