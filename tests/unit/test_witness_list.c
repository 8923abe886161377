/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/witness_list.h"
#include "tests/lib/cosigner.h"
#include "tests/lib/suite.h"

static struct witness_list list;

static enum err
line_of(const char *vkey, const char *rest, bool *is)
{
	char line[1200];
	int n = snprintf(line, sizeof line, "%s%s", vkey, rest);

	return witness_list_line(&list, span_of(line, (size_t)n), is);
}

/* Where this server connects to: nothing else is taken. */
START_TEST(only_plain_addresses_are_taken)
{
	static const struct {
		const char *rest;
		enum err e;
	} table[] = {
		{ " https://w.example", OK },
		{ "\thttps://w.example:8443/deep/er/  ", OK },
		{ " https://[2001:db8::1]:443", OK },
		{ " http://127.0.0.1:8430\n", OK },
		{ " http://[::1]:8430", OK },
		{ " http://localhost/w", OK },
		{ "", ERR_SETTING },
		{ " w.example", ERR_SETTING },
		{ " ftp://w.example", ERR_SETTING },
		{ " file:///etc/passwd", ERR_SETTING },
		{ " http://w.example", ERR_SETTING },
		{ " http://127.0.0.1.example", ERR_SETTING },
		{ " http://127.0.0.2", ERR_SETTING },
		{ " http://[::2]", ERR_SETTING },
		{ " https://user@w.example", ERR_SETTING },
		{ " https://w.example/?q", ERR_SETTING },
		{ " https://w.example/#f", ERR_SETTING },
		{ " https://w.example:", ERR_SETTING },
		{ " https://w.example:84x", ERR_SETTING },
		{ " https://", ERR_SETTING },
		{ " https:///path", ERR_SETTING },
		{ " https://w.example more", ERR_SETTING },
		{ " https://w.\\example", ERR_SETTING },
		{ " https://{a,b}.example", ERR_SETTING },
		{ " https://w.example/\x7f", ERR_SETTING },
	};
	const char *vkey = cosigner_witness(0)->vkey;
	bool is;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		enum err e;

		list.n = 0;
		e = line_of(vkey, table[i].rest, &is);
		ck_assert_msg(e == table[i].e, "%s: %s", table[i].rest,
		    err_code(e));
		ck_assert_uint_eq(list.n, e == OK);
	}
	list.n = 0;
	ck_assert_int_eq(line_of(vkey, " https://w.example/a//", &is), OK);
	ck_assert_str_eq(list.peer[0].url, "https://w.example/a");
}
END_TEST

START_TEST(only_keys_that_cosign_are_taken)
{
	char bad[NOTE_VKEY_MAX + 1], twice[NOTE_VKEY_MAX * 2];
	bool is;

	list.n = 0;
	ck_assert_int_eq(line_of("", "", &is), OK);
	ck_assert(!is);
	ck_assert_int_eq(line_of("# ", "anything", &is), OK);
	ck_assert(!is && list.n == 0);
	ck_assert_int_eq(line_of(cosigner_log()->vkey, " https://w", &is),
	    ERR_VKEY);
	snprintf(bad, sizeof bad, "%s", cosigner_witness(0)->vkey);
	bad[strlen(bad) - 2] ^= 1;
	ck_assert_int_eq(line_of(bad, " https://w", &is), ERR_VKEY);
	memset(twice, 'a', sizeof twice);
	twice[sizeof twice - 1] = '\0';
	ck_assert_int_eq(line_of(twice, " https://w", &is), ERR_VKEY);
	ck_assert_int_eq(line_of(cosigner_witness(0)->vkey, " https://w", &is),
	    OK);
	ck_assert(is);
	ck_assert_int_eq(line_of(cosigner_witness(0)->vkey, " https://x", &is),
	    ERR_SETTING);
	ck_assert_int_eq(line_of(cosigner_witness(1)->vkey, " https://x", &is),
	    OK);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.peer[1].name, cosigner_witness(1)->name);
	ck_assert_ptr_eq(witness_list_find(&list, &list.peer[1].key),
	    &list.peer[1]);
}
END_TEST

START_TEST(a_file_says_where_it_is_wrong)
{
	char file[] = "/tmp/encl-witnesses.XXXXXX", why[256];
	int fd = mkstemp(file);
	FILE *f = fdopen(fd, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "# ours\n\n%s https://w.example\n%s http://w.example\n",
	    cosigner_witness(0)->vkey, cosigner_witness(1)->vkey);
	fclose(f);
	ck_assert_int_eq(witness_list_read(&list, file, why, sizeof why),
	    ERR_SETTING);
	ck_assert_ptr_nonnull(strstr(why, "line 4"));
	unlink(file);
	ck_assert_int_eq(witness_list_read(&list, file, why, sizeof why),
	    ERR_SETTING);
	ck_assert_int_eq(witness_list_read(&list, "", why, sizeof why), OK);
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { only_plain_addresses_are_taken,
		only_keys_that_cosign_are_taken,
		a_file_says_where_it_is_wrong };

	return SUITE_RUN("witness_list", t);
}
