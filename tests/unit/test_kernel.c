/* SPDX-License-Identifier: ISC */
#include <check.h>

#include "image/kernel.h"
#include "tests/lib/suite.h"

#define SIZE ((size_t)0x400)

/* A kernel whose header points at text, placed at 0x300 in it. */
static const uint8_t *
kernel(const char *magic, unsigned pointer, const char *text)
{
	static uint8_t k[SIZE];

	memset(k, 'x', sizeof k);
	memcpy(k + 0x202, magic, 4);
	k[0x20e] = (uint8_t)pointer;
	k[0x20f] = (uint8_t)(pointer >> 8);
	memcpy(k + 0x300, text, strlen(text) + 1);
	return k;
}

START_TEST(the_version_is_the_first_word_that_the_header_points_at)
{
	char v[KERNEL_VERSION];

	ck_assert(kernel_version(span_of(kernel("HdrS", 0x100,
					     "6.1.0-13 (a@b) #1 SMP"),
				     SIZE),
	    v));
	ck_assert_str_eq(v, "6.1.0-13");
	ck_assert(
	    kernel_version(span_of(kernel("HdrS", 0x100, "6.1"), SIZE), v));
	ck_assert_str_eq(v, "6.1");
}
END_TEST

START_TEST(what_is_no_kernel_names_none)
{
	static const struct {
		const char *magic;
		unsigned pointer;
		size_t n;
		const char *text;
	} none[] = { { "HdrX", 0x100, SIZE, "6.1 " },
		{ "HdrS", 0x100, 0x20f, "6.1 " }, { "HdrS", 0x100, 0, "6.1 " },
		{ "HdrS", 0xffff, SIZE, "6.1 " },
		{ "HdrS", 0x200, SIZE, "6.1 " }, { "HdrS", 0x100, SIZE, "" },
		{ "HdrS", 0x100, SIZE, " 6.1 " },
		{ "HdrS", 0x100, SIZE, "6.1\n" },
		{ "HdrS", 0x100, 0x303, "6.1 " },
		{ "HdrS", 0x110, SIZE, "6.1 " } };
	char v[KERNEL_VERSION];

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ck_assert_msg(!kernel_version(span_of(kernel(none[i].magic,
							  none[i].pointer,
							  none[i].text),
						  none[i].n),
				  v),
		    "%zu", i);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		the_version_is_the_first_word_that_the_header_points_at,
		what_is_no_kernel_names_none
	};

	return SUITE_RUN("kernel", t);
}
