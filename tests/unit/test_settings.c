/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "server/settings.h"
#include "tests/lib/suite.h"

static char file[] = "/tmp/encl-settings-XXXXXX";
static char why[256];
static struct settings s;

static enum err
load(const char *text)
{
	char name[sizeof file];
	FILE *f;
	enum err e;
	int fd;

	memcpy(name, file, sizeof file);
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
	why[0] = '\0';
	e = settings_load(&s, name, why, sizeof why);
	unlink(name);
	return e;
}

START_TEST(file_wins_over_default_and_environment_over_both)
{
	ck_assert_int_eq(load(""), OK);
	ck_assert_str_eq(s.listen, "127.0.0.1:8420");
	ck_assert_uint_eq(s.loops, 2);
	ck_assert_int_eq(load("# a comment\nlisten: '[::1]:1'\nloops: 5\n"
			      "database: host=/run dbname=x\n"),
	    OK);
	ck_assert_str_eq(s.listen, "[::1]:1");
	ck_assert_uint_eq(s.loops, 5);
	ck_assert_str_eq(s.database, "host=/run dbname=x");
	setenv("ENCLD_LOOPS", "7", 1);
	ck_assert_int_eq(load("loops: 5\n"), OK);
	ck_assert_uint_eq(s.loops, 7);
	setenv("ENCLD_LOOPS", "seven", 1);
	ck_assert_int_eq(load("loops: 5\n"), ERR_SETTING);
	ck_assert_ptr_nonnull(strstr(why, "ENCLD_LOOPS"));
	unsetenv("ENCLD_LOOPS");
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
	static const struct {
		const char *text, *why;
	} row[] = {
		{ "lsten: x\n", "lsten" },
		{ "loops: 65\n", "loops" },
		{ "loops: 0\n", "loops" },
		{ "workers: 0\n", "workers" },
		{ "max_connections: 0\n", "max_connections" },
		{ "proxies: nginx\n", "proxies" },
		{ "loops: 1\nloops: 1\n", "twice" },
		{ "listen: nonsense\n", "listen" },
		{ "listen: localhost:1\n", "listen" },
		{ "ops_listen: 127.0.0.1\n", "ops_listen" },
		{ "public_url: encl.example.org\n", "public_url" },
		{ "proxies: 127.0.0.1 10.0.0.1/8\n", "proxies" },
		{ "loops: -1\n", "loops" },
		{ "loops: 1x\n", "loops" },
		{ "loops: ''\n", "loops" },
		{ "loops: [1]\n", "line 1" },
		{ "log_level: 12345678901234567\n", "log_level" },
		{ "- a\n", "NAME: VALUE" },
		{ "a: b: c\n", "line 1" },
		{ "listen: \"\n", "line" },
	};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ck_assert_msg(load(row[i].text) == ERR_SETTING, "%s",
		    row[i].text);
		ck_assert_msg(strstr(why, row[i].why) != NULL, "%s: %s",
		    row[i].text, why);
	}
	ck_assert_int_eq(settings_load(&s, "/nonexistent", why, sizeof why),
	    ERR_SETTING);
}
END_TEST

START_TEST(passwords_are_not_shown)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	ck_assert_int_eq(load("database: user=x password=geheim\n"
			      "public_url: https://encl.example.org\n"),
	    OK);
	settings_show(&s, f);
	fclose(f);
	ck_assert_ptr_null(strstr(text, "geheim"));
	ck_assert_ptr_nonnull(strstr(text, "https://encl.example.org"));
	ck_assert_ptr_nonnull(strstr(text, "file"));
	ck_assert_ptr_nonnull(strstr(text, "default"));
	free(text);
}
END_TEST

int
main(void)
{
	const TTest *const t[] = {
		file_wins_over_default_and_environment_over_both,
		what_is_wrong_is_named, passwords_are_not_shown
	};

	return SUITE_RUN("settings", t);
}
