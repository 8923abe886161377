/* SPDX-License-Identifier: ISC */
/* Images on both sides of each edge of the format: what passes measures as the
 * book says, and each thing that is wrong is refused for itself. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "image/measure.h"
#include "tests/lib/image.h"
#include "tests/lib/suite.h"

static uint8_t file[IMAGE_MAX], big[IMAGE_MAX], section[EIF_SIGNATURE_MAX];
static struct measure m;

static enum err
measure_bytes(struct span s, unsigned flags)
{
	static int fd = -1;

	if (fd < 0)
		fd = fileno(tmpfile());
	ck_assert(ftruncate(fd, 0) == 0);
	ck_assert(pwrite(fd, s.p, s.n, 0) == (ssize_t)s.n);
	ck_assert(lseek(fd, 0, SEEK_SET) == 0);
	return measure_fd(fd, flags, &m);
}

static enum err
measured(const struct image *i)
{
	return measure_bytes(image_bytes(i, file), MEASURE_ONE_THREAD);
}

#define ck_is(i, want) ck_assert_str_eq(err_code(measured(i)), err_code(want))

static void
ck_passes(const struct image *i)
{
	struct registers r;

	image_registers(i, &r);
	ck_is(i, OK);
	ck_assert(m.registers.is_signed == r.is_signed);
	ck_assert_mem_eq(m.registers.value, r.value, sizeof r.value);
}

/* Puts a section before the one at `at`, or in its place. */
static void
insert(struct image *i, size_t at, unsigned type, const char *data)
{
	memmove(i->section + at + 1, i->section + at,
	    (i->n - at) * sizeof *i->section);
	i->section[at] = (struct image_section){ type, 0, span_str(data) };
	i->n++;
}

static void
drop(struct image *i, size_t at)
{
	memmove(i->section + at, i->section + at + 1,
	    (i->n - at - 1) * sizeof *i->section);
	i->n--;
}

START_TEST(a_sound_image_measures_as_the_book_says)
{
	struct image i = image_plain();

	ck_passes(&i);
	i.flags = 1; /* aarch64 */
	ck_passes(&i);
	ck_assert(m.eif.arm64);
	ck_assert_uint_eq(m.eif.n, 5);
	i.section[1].data = span_str(""); /* no command line to speak of */
	ck_passes(&i);
}
END_TEST

START_TEST(order_and_number_of_ramdisks_count_as_in_the_file)
{
	struct image i = image_plain(), last;

	insert(&i, 5, EIF_RAMDISK, "a third");
	ck_passes(&i);
	/* The command line behind the ramdisks goes into PCR1 all the same. */
	last = i;
	drop(&last, 1);
	insert(&last, last.n, EIF_CMDLINE, "console=ttyS0");
	ck_passes(&last);
	/* Between the first two. */
	last = i;
	drop(&last, 1);
	insert(&last, 3, EIF_CMDLINE, "console=ttyS0");
	ck_passes(&last);
	/* The command line first. */
	last = i;
	drop(&last, 1);
	insert(&last, 0, EIF_CMDLINE, "console=ttyS0");
	ck_passes(&last);
	/* One ramdisk alone: PCR0 is PCR1, PCR2 is of nothing. */
	drop(&i, 5);
	drop(&i, 4);
	ck_passes(&i);
	ck_assert_mem_eq(m.registers.value[0], m.registers.value[1], PCR_SIZE);
}
END_TEST

START_TEST(threads_measure_what_one_thread_does)
{
	struct image i = image_plain();
	struct registers r;

	memset(big, 0x5a, sizeof big);
	i.section[3].data = span_of(big, 300001);
	i.section[4].data = span_of(big, 50001);
	image_registers(&i, &r);
	ck_assert_int_eq(measure_bytes(image_bytes(&i, file), MEASURE_SHA256),
	    OK);
	ck_assert_mem_eq(m.registers.value, r.value, sizeof r.value);
}
END_TEST

START_TEST(each_wrong_thing_of_the_header_is_refused)
{
	struct image i = image_plain();

	i.magic = ".eig";
	ck_is(&i, ERR_EIF_MAGIC);
	i.magic = NULL;
	i.version = 1;
	ck_is(&i, ERR_EIF_VERSION);
	i.version = 5;
	ck_is(&i, ERR_EIF_VERSION);
	i.version = 4;
	i.flags = 2;
	ck_is(&i, ERR_EIF_FLAGS);
	i.flags = 0;
	i.reserved = 1;
	ck_is(&i, ERR_EIF_RESERVED);
	i.reserved = 0;
	i.unused = 1;
	ck_is(&i, ERR_EIF_RESERVED);
	i.unused = 0;
	i.crc_flip = 1;
	ck_is(&i, ERR_EIF_CRC);
	i.crc_flip = 0;
	ck_is(&i, OK);
}
END_TEST

START_TEST(the_table_is_what_the_sections_are)
{
	struct image i = image_plain();

	for (i.at = 0; i.at < i.n; i.at++) {
		i.shift = 1;
		ck_is(&i, ERR_EIF_OFFSET);
		i.shift = 0;
		i.resize = -1;
		ck_is(&i, ERR_EIF_SIZE);
		i.resize = 1;
		ck_is(&i, ERR_EIF_SIZE);
		i.resize = 0;
	}
	i.count = 1;
	ck_is(&i, ERR_EIF_COUNT);
	i.count = -1;
	ck_is(&i, ERR_EIF_COUNT);
	i.count = -4;
	ck_is(&i, ERR_EIF_COUNT);
	i.count = 28;
	ck_is(&i, ERR_EIF_COUNT);
	i.count = 0;
	i.table_beyond = 600;
	ck_is(&i, ERR_EIF_COUNT);
}
END_TEST

START_TEST(what_stands_behind_the_sections_is_refused)
{
	struct image i = image_plain();
	static const uint8_t further[] = { 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		'x' };

	i.behind = span_of(further + 12, 1);
	ck_is(&i, ERR_EIF_TRAILING);
	i.behind = span_of(further, 11);
	ck_is(&i, ERR_EIF_TRAILING);
	/* A reader that goes on to the end would take this for a ramdisk. */
	i.behind = span_of(further, sizeof further);
	ck_is(&i, ERR_EIF_COUNT);
}
END_TEST

START_TEST(sections_are_known_plain_and_where_they_may_be)
{
	struct image i = image_plain();

	i.section[0].type = 0;
	ck_is(&i, ERR_EIF_SECTION_TYPE);
	i.section[0].type = 6;
	ck_is(&i, ERR_EIF_SECTION_TYPE);
	i.section[0].type = 0x0101;
	ck_is(&i, ERR_EIF_SECTION_TYPE);
	i = image_plain();
	i.section[4].flags = 1;
	ck_is(&i, ERR_EIF_SECTION_FLAGS);
	i = image_plain();
	i.section[0].data.n = 0;
	ck_is(&i, ERR_EIF_SECTION_EMPTY);
	i = image_plain();
	i.section[4].data.n = 0;
	ck_is(&i, ERR_EIF_SECTION_EMPTY);
	i = image_plain();
	insert(&i, 0, EIF_RAMDISK, "early");
	ck_is(&i, ERR_EIF_RAMDISK_EARLY);
}
END_TEST

START_TEST(nothing_stands_there_twice_and_nothing_is_missing)
{
	static const struct {
		size_t at;
		unsigned type;
		enum err twice, missing;
	} row[] = {
		{ 0, EIF_KERNEL, ERR_EIF_KERNEL_TWICE, ERR_EIF_KERNEL_MISSING },
		{ 1, EIF_CMDLINE, ERR_EIF_CMDLINE_TWICE,
		    ERR_EIF_CMDLINE_MISSING },
		{ 2, EIF_METADATA, ERR_EIF_METADATA_TWICE,
		    ERR_EIF_METADATA_MISSING },
	};
	struct image i;

	for (size_t k = 0; k < 3; k++) {
		i = image_plain();
		insert(&i, i.n, row[k].type, "once more");
		ck_is(&i, row[k].twice);
		i = image_plain();
		drop(&i, row[k].at);
		if (row[k].type == EIF_KERNEL) {
			drop(&i, 2);
			drop(&i, 2);
		}
		ck_is(&i, row[k].missing);
	}
	i = image_plain();
	drop(&i, 4);
	ck_is(&i, OK);
	drop(&i, 3);
	ck_is(&i, ERR_EIF_RAMDISK_MISSING);
}
END_TEST

START_TEST(versions_know_their_own_sections)
{
	struct image i = image_plain();

	i.version = 3;
	ck_is(&i, ERR_EIF_SECTION_VERSION);
	drop(&i, 2);
	ck_passes(&i);
	i.version = 2;
	ck_passes(&i);
	insert(&i, i.n, EIF_SIGNATURE, "x");
	ck_is(&i, ERR_EIF_SECTION_VERSION);
	i.version = 3;
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
}
END_TEST

START_TEST(as_many_sections_as_there_can_be)
{
	struct image i = image_plain();

	while (i.n < EIF_SECTIONS)
		insert(&i, i.n, EIF_RAMDISK, "more");
	ck_passes(&i);
	insert(&i, i.n, EIF_RAMDISK, "one too many");
	ck_is(&i, ERR_EIF_COUNT);
}
END_TEST

START_TEST(limits_of_small_sections)
{
	struct image i = image_plain();

	memset(big, 'x', sizeof big);
	i.section[1].data = span_of(big, EIF_CMDLINE_MAX);
	ck_passes(&i);
	i.section[1].data.n++;
	ck_is(&i, ERR_EIF_CMDLINE_BAD);
	i.section[1].data = span_of("a\0b", 3);
	ck_is(&i, ERR_EIF_CMDLINE_BAD);
	i = image_plain();
	i.section[2].data = span_of(big, EIF_METADATA_MAX);
	ck_passes(&i);
	i.section[2].data.n++;
	ck_is(&i, ERR_EIF_METADATA_LARGE);
	i = image_plain();
	insert(&i, i.n, EIF_SIGNATURE, "");
	i.section[5].data = span_of(big, EIF_SIGNATURE_MAX);
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
	i.section[5].data.n++;
	ck_is(&i, ERR_EIF_SIGNATURE_LARGE);
}
END_TEST

static struct image
signed_image(struct image_signature s)
{
	static struct registers r;
	struct image i = image_plain();

	image_registers(&i, &r);
	if (s.value == NULL)
		s.value = r.value[0];
	insert(&i, i.n, EIF_SIGNATURE, "");
	i.section[5].data = image_sign(&s, section);
	return i;
}

START_TEST(a_signature_is_by_the_certificates_key_over_this_pcr0)
{
	static const uint8_t other[PCR_SIZE] = { 1 };
	struct image i;

	for (enum image_curve c = IMAGE_P256; c <= IMAGE_P521; c++) {
		i = signed_image(
		    (struct image_signature){ c, c, 0, NULL, false, 1 });
		ck_passes(&i);
		i = signed_image(
		    (struct image_signature){ c, c, 0, NULL, true, 1 });
		ck_is(&i, ERR_EIF_SIGNATURE_BAD);
		i = signed_image(
		    (struct image_signature){ c, c, 1, NULL, false, 1 });
		ck_is(&i, ERR_EIF_SIGNATURE_INDEX);
		i = signed_image(
		    (struct image_signature){ c, c, 0, other, false, 1 });
		ck_is(&i, ERR_EIF_SIGNATURE_PCR);
		i = signed_image((struct image_signature){ c, (c + 1) % 3, 0,
		    NULL, false, 1 });
		ck_is(&i, ERR_EIF_SIGNATURE_ALG);
	}
	i = signed_image((struct image_signature){ IMAGE_P384, IMAGE_P384, 0,
	    NULL, false, 2 });
	ck_passes(&i);
	ck_assert_uint_eq(m.signature.n, 2);
	i = signed_image((struct image_signature){ IMAGE_P384, IMAGE_P384, 0,
	    NULL, false, 0 });
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
}
END_TEST

static int
write_der(const void *x, unsigned char **to)
{
	return i2d_X509(x, to);
}

/* A text in PEM of a certificate; cipher NULL: open. */
static struct span
certificate_text(const uint8_t *der, size_t n, const EVP_CIPHER *cipher)
{
	static const unsigned char word[] = "passphrase";
	static char text[8192];
	const unsigned char *p = der;
	X509 *x = d2i_X509(NULL, &p, (long)n);
	BIO *b = BIO_new(BIO_s_mem());
	int got;

	if (cipher == NULL)
		ck_assert(PEM_write_bio(b, PEM_STRING_X509, "", der, (long)n));
	else
		ck_assert_int_eq(PEM_ASN1_write_bio(write_der, PEM_STRING_X509,
				     b, x, cipher, word, 10, NULL, NULL),
		    1);
	got = BIO_read(b, text, sizeof text);
	ck_assert_int_gt(got, 0);
	BIO_free(b);
	X509_free(x);
	return span_of(text, (size_t)got);
}

/* Written again it is other bytes, and would have another PCR8. */
START_TEST(a_certificate_that_is_no_der_has_no_register)
{
	static uint8_t der[4096];
	uint8_t pcr8[PCR_SIZE];
	struct span c;

	(void)signed_image((struct image_signature){ IMAGE_P384, IMAGE_P384, 0,
	    NULL, false, 1 });
	c = image_certificate();
	ck_assert_uint_eq(c.p[1], 0x82);
	ck_assert_int_eq(signature_register(certificate_text(c.p, c.n, NULL),
			     pcr8),
	    OK);
	der[0] = c.p[0];
	der[1] = 0x83;
	memcpy(der + 3, c.p + 2, c.n - 2);
	ck_assert_int_eq(signature_register(certificate_text(der, c.n + 1,
						NULL),
			     pcr8),
	    ERR_EIF_SIGNATURE_CERT);
}
END_TEST

/* An image from anybody must not put a question on the screen. */
START_TEST(nobody_is_asked_for_a_passphrase)
{
	static const char answer[] = "passphrase\n";
	uint8_t pcr8[PCR_SIZE];
	struct span c;
	int p[2];

	(void)signed_image((struct image_signature){ IMAGE_P384, IMAGE_P384, 0,
	    NULL, false, 1 });
	c = image_certificate();
	(void)setsid(); /* without a terminal the answer is read from stdin */
	ck_assert_int_eq(pipe(p), 0);
	ck_assert(write(p[1], answer, sizeof answer - 1) > 0);
	(void)close(p[1]);
	ck_assert_int_eq(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(signature_register(certificate_text(c.p, c.n,
						EVP_aes_128_cbc()),
			     pcr8),
	    ERR_EIF_SIGNATURE_CERT);
}
END_TEST

START_TEST(a_stale_size_after_signing_again_has_its_own_code)
{
	struct image i = signed_image((struct image_signature){ IMAGE_P384,
	    IMAGE_P384, 0, NULL, false, 1 });

	i.at = 5;
	i.resize = -3;
	ck_is(&i, ERR_EIF_RESIGNED);
	i.resize = 0;
	ck_passes(&i);
	insert(&i, i.n, EIF_SIGNATURE, "x");
	ck_is(&i, ERR_EIF_SIGNATURE_TWICE);
}
END_TEST

/* No byte of the section can be lost or spoiled without notice: what is not
 * signed or measured is the shape of what carries it. */
START_TEST(a_signature_section_is_read_strictly)
{
	struct image i = signed_image((struct image_signature){ IMAGE_P384,
	    IMAGE_P384, 0, NULL, false, 1 });
	struct span s = i.section[5].data;

	for (size_t n = 0; n < s.n; n += n < 64 ? 1 : 61) {
		i.section[5].data.n = n;
		ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
	}
	memcpy(big, s.p, s.n);
	big[s.n] = 0;
	i.section[5].data = span_of(big, s.n + 1);
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
	i.section[5].data = span_of(big, s.n);
	big[0] = 0x9f; /* of indefinite length */
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
	big[0] = 0x81;
	big[3] = 'S'; /* another key */
	ck_is(&i, ERR_EIF_SIGNATURE_SHAPE);
	big[3] = 's';
	ck_is(&i, OK);
	big[30] ^= 1; /* -----BEGIN */
	ck_assert_int_ne(measured(&i), OK);
}
END_TEST

START_TEST(a_file_that_was_cut_off_anywhere_is_refused)
{
	struct image i = signed_image((struct image_signature){ IMAGE_P384,
	    IMAGE_P384, 0, NULL, false, 1 });
	struct span s = image_bytes(&i, file);

	memcpy(big, s.p, s.n);
	for (size_t n = 0; n < s.n; n++)
		ck_assert_msg(measure_bytes(span_of(big, n),
				  MEASURE_ONE_THREAD) == ERR_EIF_TRUNCATED,
		    "%zu of %zu bytes", n, s.n);
	ck_assert_int_eq(measure_bytes(s, 0), OK);
}
END_TEST

/* A checksum is no signature, but no damage passes it. */
START_TEST(no_bit_can_change_unseen)
{
	struct image i = image_plain();
	struct span s = image_bytes(&i, file);

	memcpy(big, s.p, s.n);
	for (size_t n = 0; n < s.n; n++) {
		big[n] ^= 0x10;
		ck_assert_msg(measure_bytes(span_of(big, s.n),
				  MEASURE_ONE_THREAD) != OK,
		    "byte %zu", n);
		big[n] ^= 0x10;
	}
}
END_TEST

START_TEST(sizes_that_no_file_has_are_refused_at_once)
{
	struct image i = image_plain();
	struct span s = image_bytes(&i, file);

	/* The first section, in the table and in its head. */
	memset(file + 284, 0x7f, 8);
	memset(file + 552, 0x7f, 8);
	ck_assert_int_eq(measure_bytes(s, MEASURE_ONE_THREAD),
	    ERR_EIF_TRUNCATED);
	memset(file + 284, 0xff, 8);
	memset(file + 552, 0xff, 8);
	ck_assert_int_eq(measure_bytes(s, MEASURE_ONE_THREAD),
	    ERR_EIF_TRUNCATED);
}
END_TEST

START_TEST(a_pipe_is_measured_as_a_file_is)
{
	struct image i = image_plain();
	struct registers r;
	struct span s = image_bytes(&i, file);
	int p[2];

	image_registers(&i, &r);
	ck_assert_int_eq(pipe(p), 0);
	ck_assert(write(p[1], s.p, s.n) == (ssize_t)s.n);
	(void)close(p[1]);
	ck_assert_int_eq(measure_fd(p[0], MEASURE_SHA256, &m), OK);
	(void)close(p[0]);
	ck_assert_mem_eq(m.registers.value, r.value, sizeof r.value);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_sound_image_measures_as_the_book_says,
		order_and_number_of_ramdisks_count_as_in_the_file,
		threads_measure_what_one_thread_does,
		each_wrong_thing_of_the_header_is_refused,
		the_table_is_what_the_sections_are,
		what_stands_behind_the_sections_is_refused,
		sections_are_known_plain_and_where_they_may_be,
		nothing_stands_there_twice_and_nothing_is_missing,
		versions_know_their_own_sections,
		as_many_sections_as_there_can_be, limits_of_small_sections,
		a_signature_is_by_the_certificates_key_over_this_pcr0,
		a_certificate_that_is_no_der_has_no_register,
		nobody_is_asked_for_a_passphrase,
		a_stale_size_after_signing_again_has_its_own_code,
		a_signature_section_is_read_strictly,
		a_file_that_was_cut_off_anywhere_is_refused,
		no_bit_can_change_unseen,
		sizes_that_no_file_has_are_refused_at_once,
		a_pipe_is_measured_as_a_file_is };

	return SUITE_RUN("measure", t);
}
