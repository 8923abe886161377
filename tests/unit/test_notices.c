/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "server/atom.h"
#include "server/deliver.h"
#include "server/letter.h"
#include "server/markup.h"
#include "tests/lib/suite.h"
#include "view/view_event.h"

static const char *
written(void (*write)(struct out *o, struct span s), const char *text)
{
	static char buffer[4096];
	struct out o = out_of(buffer, sizeof buffer - 1);

	write(&o, span_str(text));
	ck_assert(!o.full);
	buffer[o.n] = '\0';
	return buffer;
}

START_TEST(xml_holds_what_people_wrote)
{
	ck_assert_str_eq(written(markup_xml, "a<b>&\"'\xe4\xb8\xad"),
	    "a&lt;b&gt;&amp;&quot;&#39;\xe4\xb8\xad");
	ck_assert_str_eq(written(markup_xml, "\x01\x1f"),
	    "\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(written(markup_xml, "\xef\xbf\xbe\xef\xbf\xbf"),
	    "\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(written(markup_xml, "\xef\xbf\xbc"), "\xef\xbf\xbc");
}
END_TEST

START_TEST(calendars_hold_what_people_wrote)
{
	ck_assert_str_eq(written(markup_ics, "a,b;c\\d\ne\rf:g\"h\x7f"),
	    "a\\,b\\;c\\\\d\\nef:g\"h");
}
END_TEST

/* n octets and one more, on both sides of the edge. */
START_TEST(calendar_lines_fold_at_75_octets)
{
	char line[256];

	memset(line, 'x', sizeof line);
	line[75] = '\0';
	ck_assert_uint_eq(strlen(written(markup_ics_line, line)), 77);
	line[75] = 'x';
	line[76] = '\0';
	ck_assert_uint_eq(strlen(written(markup_ics_line, line)), 76 + 3 + 2);
	ck_assert_ptr_nonnull(
	    strstr(written(markup_ics_line, line), "x\r\n x\r\n"));
	line[76] = 'x';
	line[149] = '\0'; /* 75 and 74 */
	ck_assert_uint_eq(strlen(written(markup_ics_line, line)), 149 + 3 + 2);
	line[149] = 'x';
	line[150] = '\0';
	ck_assert_uint_eq(strlen(written(markup_ics_line, line)), 150 + 6 + 2);
}
END_TEST

START_TEST(no_character_is_torn)
{
	char line[80];

	memset(line, 'x', sizeof line);
	memcpy(line + 74, "\xe4\xb8\xad", 4);
	ck_assert_ptr_nonnull(
	    strstr(written(markup_ics_line, line), "x\r\n \xe4\xb8\xad\r\n"));
	memcpy(line + 72, "\xe4\xb8\xad", 4);
	ck_assert_ptr_null(strstr(written(markup_ics_line, line), "\r\n "));
}
END_TEST

START_TEST(bodies_are_quoted)
{
	char line[200];
	const char *q;

	ck_assert_str_eq(written(letter_quote, "a=b\n.\n..\nx \n\xc3\xa9"),
	    "a=3Db\r\n=2E\r\n=2E.\r\nx=20\r\n=C3=A9\r\n");
	ck_assert_str_eq(written(letter_quote, "a\rb"), "a=0Db\r\n");
	memset(line, 'x', 75);
	line[75] = '\0';
	ck_assert_ptr_null(strstr(written(letter_quote, line), "="));
	line[75] = 'x';
	line[76] = '\0';
	q = written(letter_quote, line);
	ck_assert_ptr_nonnull(strstr(q, "x=\r\nx"));
	for (const char *p = q, *e; (e = strstr(p, "\r\n")); p = e + 2)
		ck_assert(e - p <= 76);
}
END_TEST

START_TEST(mail_addresses)
{
	static const char *const good[] = { "a@b.org", "a.b+c@x-y.example.org",
		"!#$%&'*+-/=?^_`{|}~@b.org" };
	static const char *const bad[] = { "", "@", "a", "a@", "@b.org", "a@b",
		"a@b.", "a@.b", "a@b..c", ".a@b.c", "a.@b.c", "a..b@c.d",
		"a b@c.d", "a@b c.d", "a@b.c\n", "a@b.c\r\nBcc: d@e.f",
		"<a@b.c>", "a@b.c,d@e.f", "a@b@c.d", "a@-b.c", "a@b.c-",
		"a@[1.2.3.4]", "\"a\"@b.c", "a@b_c.d", "\xc3\xa9@b.c",
		"a@\xc3\xa9.c", "a@b.c\0d" };
	char text[300];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(letter_is_address(span_str(good[i])), "%s",
		    good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!letter_is_address(span_str(bad[i])) ||
				  i + 1 == sizeof bad / sizeof *bad,
		    "%s", bad[i]);
	ck_assert(!letter_is_address(span_of("a@b.c\0d", 7)));
	ck_assert(!letter_is_address(span_of("a\0@b.c", 6)));
	memset(text, 'a', sizeof text);
	memcpy(text + 64, "@b.org", 7);
	ck_assert(letter_is_address(span_str(text)));
	memset(text, 'a', 65);
	memcpy(text + 65, "@b.org", 7);
	ck_assert(!letter_is_address(span_str(text)));
	memset(text, 'a', sizeof text);
	text[1] = '@';
	text[250] = '.';
	ck_assert(letter_is_address(span_of(text, 254)));
	ck_assert(!letter_is_address(span_of(text, 255)));
}
END_TEST

START_TEST(pauses_grow_and_differ)
{
	uint64_t sum = 0;

	for (uint32_t n = 1; n < 30; n++) {
		uint64_t least = deliver_pause(n, 0), most = 0;

		for (uint32_t r = 0; r < 100; r++) {
			uint64_t p = deliver_pause(n, r * 0x9e3779b9u);

			ck_assert(p >= least);
			most = p > most ? p : most;
		}
		ck_assert(most > least && most <= least * 3 / 2);
		ck_assert(deliver_pause(n + 1, 0) >= least);
		sum += least;
	}
	ck_assert(deliver_pause(1, 0) >= 4000);
	ck_assert(deliver_pause(1000, UINT32_MAX) <= UINT64_C(36000000));
	ck_assert(sum > UINT64_C(3) * 86400000); /* it lasts for three days */
}
END_TEST

START_TEST(hosts)
{
	static const struct {
		const char *base, *host;
	} row[] = { { "https://example.org", "example.org" },
		{ "http://example.org:8420", "example.org" },
		{ "https://[::1]:8420", "[::1]" }, { "https://x/y", "x" } };

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		ck_assert_msg(span_is(atom_host(row[i].base), row[i].host),
		    "%s", row[i].base);
}
END_TEST

static const char *
duration(uint64_t ms)
{
	static char text[64];
	struct out o = out_of(text, sizeof text - 1);

	view_event_duration(&o, ms);
	text[o.n] = '\0';
	return text;
}

START_TEST(durations_in_words)
{
	ck_assert_str_eq(duration(0), "0 milliseconds");
	ck_assert_str_eq(duration(1), "1 millisecond");
	ck_assert_str_eq(duration(60000), "1 minute");
	ck_assert_str_eq(duration(90000), "90 seconds");
	ck_assert_str_eq(duration(259200000), "3 days");
	ck_assert_str_eq(duration(5400000), "90 minutes");
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { xml_holds_what_people_wrote,
		calendars_hold_what_people_wrote,
		calendar_lines_fold_at_75_octets, no_character_is_torn,
		bodies_are_quoted, mail_addresses, pauses_grow_and_differ,
		hosts, durations_in_words };

	return SUITE_RUN("notices", t);
}
