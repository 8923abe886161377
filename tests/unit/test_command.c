/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "cli/value.h"
#include "tests/lib/suite.h"

static struct cli c;

/* Parses a line of words parted by spaces. */
static enum err
parse(const char *line)
{
	static char copy[512];
	static char *argv[64];
	const struct command *cmd;
	int argc = 0, used;

	fail_forget();
	strcpy(copy, line);
	for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
		argv[argc++] = w;
	cmd = command_find(argc, argv, &used);
	if (cmd == NULL)
		return ERR_NOT_FOUND;
	return command_parse(&c, cmd, argc - used, argv + used);
}

START_TEST(words_match_exactly)
{
	ck_assert_int_eq(parse("upgrade stage"), OK);
	ck_assert_str_eq(c.command->words, "upgrade stage");
	ck_assert_int_eq(parse("enclave definition show"), OK);
	ck_assert_str_eq(c.command->words, "enclave definition show");
	ck_assert_int_eq(parse("upgrade"), ERR_NOT_FOUND);
	ck_assert_int_eq(parse("upgrade stag"), ERR_NOT_FOUND);
	ck_assert_int_eq(parse("upgrade stages"), ERR_NOT_FOUND);
	ck_assert_int_eq(parse("up stage"), ERR_NOT_FOUND);
	ck_assert_int_eq(parse("Upgrade stage"), ERR_NOT_FOUND);
}
END_TEST

START_TEST(options_match_exactly)
{
	ck_assert_int_eq(parse("upgrade stage --pcrs f"), OK);
	ck_assert_str_eq(command_value(&c, "pcrs"), "f");
	ck_assert_int_eq(parse("upgrade stage --pcrs=f"), OK);
	ck_assert_str_eq(command_value(&c, "pcrs"), "f");
	ck_assert_int_eq(parse("upgrade stage --pcr f"), ERR_USAGE);
	ck_assert_int_eq(parse("upgrade stage --pcrss f"), ERR_USAGE);
	ck_assert_int_eq(parse("upgrade stage -pcrs"), ERR_USAGE);
	ck_assert_int_eq(parse("upgrade stage --pcrs"), ERR_USAGE);
	ck_assert_int_eq(parse("upgrade stage --pcrs a --pcrs b"), ERR_USAGE);
	ck_assert_int_eq(parse("key list --pcrs f"), ERR_USAGE);
	ck_assert_int_eq(parse("upgrade stage --yes=1"), ERR_USAGE);
}
END_TEST

START_TEST(an_option_may_repeat_where_the_row_says_so)
{
	const char *v[4];

	ck_assert_int_eq(parse("upgrade stage -k a --key b --key=c"), OK);
	ck_assert_uint_eq(command_values(&c, "key", v, 4), 3);
	ck_assert_str_eq(v[0], "a");
	ck_assert_str_eq(v[2], "c");
	ck_assert_uint_eq(command_values(&c, "key", v, 2), 2);
}
END_TEST

START_TEST(an_optional_value_needs_the_equals_sign)
{
	ck_assert_int_eq(parse("upgrade stage --wait 5s"), OK);
	ck_assert_str_eq(command_value(&c, "wait"), "");
	ck_assert_str_eq(command_arg(&c, 0), "5s");
	ck_assert_int_eq(parse("upgrade stage --wait=5s"), OK);
	ck_assert_str_eq(command_value(&c, "wait"), "5s");
}
END_TEST

START_TEST(choices_are_closed)
{
	ck_assert_int_eq(parse("key list -o json"), OK);
	ck_assert_int_eq(c.format, FORMAT_JSON);
	ck_assert_int_eq(parse("key list -oyaml"), OK);
	ck_assert_int_eq(c.format, FORMAT_YAML);
	ck_assert_int_eq(parse("key list -o jso"), ERR_USAGE);
	ck_assert_int_eq(parse("key list -o json|yaml"), ERR_USAGE);
	ck_assert_int_eq(parse("key list -o ="), ERR_USAGE);
}
END_TEST

START_TEST(an_error_is_told_in_the_format_that_was_asked_for)
{
	ck_assert_int_eq(parse("key list -o json --nonsense"), ERR_USAGE);
	ck_assert_int_eq(c.format, FORMAT_JSON);
}
END_TEST

START_TEST(arguments_are_counted)
{
	ck_assert_int_eq(parse("key show"), ERR_USAGE);
	ck_assert_int_eq(parse("key show a"), OK);
	ck_assert_int_eq(parse("key show a b"), ERR_USAGE);
	ck_assert_int_eq(parse("key show --help"), OK);
	ck_assert_int_eq(parse("key show -- --help"), OK);
	ck_assert_str_eq(command_arg(&c, 0), "--help");
	ck_assert_int_eq(parse("key show -"), OK);
}
END_TEST

START_TEST(a_flag_goes_before_the_environment)
{
	ck_assert_int_eq(setenv("ENCL_SERVER", "https://env", 1), 0);
	ck_assert_int_eq(parse("whoami"), OK);
	ck_assert_str_eq(command_value(&c, "server"), "https://env");
	ck_assert_int_eq(parse("whoami --server https://flag"), OK);
	ck_assert_str_eq(command_value(&c, "server"), "https://flag");
	ck_assert_int_eq(setenv("ENCL_SERVER", "", 1), 0);
	ck_assert_int_eq(parse("whoami"), OK);
	ck_assert_ptr_null(command_value(&c, "server"));
	ck_assert_int_eq(setenv("ENCL_OUTPUT", "xml", 1), 0);
	ck_assert_int_eq(parse("whoami"), ERR_USAGE);
	ck_assert_int_eq(unsetenv("ENCL_OUTPUT"), 0);
}
END_TEST

START_TEST(a_switch_in_the_environment_is_on_or_off)
{
	static const char *const on[] = { "1", "true", "yes" };
	static const char *const off[] = { "", "0", "false", "no", "2", "Y" };

	ck_assert_int_eq(parse("upgrade stage"), OK);
	for (size_t i = 0; i < sizeof on / sizeof on[0]; i++) {
		ck_assert_int_eq(setenv("ENCL_YES", on[i], 1), 0);
		ck_assert(command_is(&c, "yes"));
	}
	for (size_t i = 0; i < sizeof off / sizeof off[0]; i++) {
		ck_assert_int_eq(setenv("ENCL_YES", off[i], 1), 0);
		ck_assert(!command_is(&c, "yes"));
	}
}
END_TEST

static void
ck_option(const struct command *cmd, const struct option *o)
{
	ck_assert_msg(o->help != NULL && islower((unsigned char)o->help[0]),
	    "%s --%s", cmd->words, o->name);
	ck_assert_ptr_eq(command_option(cmd, o->name, strlen(o->name)), o);
	if (o->letter != 0)
		ck_assert_msg(command_letter(cmd, o->letter) == o,
		    "%s -%c is two options", cmd->words, o->letter);
}

/* The last list of a full row has no NULL after it. */
START_TEST(the_table_is_sound)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *cmd = &commands[i];

		ck_assert(cmd->run != NULL);
		ck_assert_uint_le(cmd->min, cmd->max);
		ck_assert_int_eq(cmd->help[strlen(cmd->help) - 1], '.');
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(commands[k].words, cmd->words);
		for (size_t k = 0; k < COMMAND_LISTS && cmd->options[k]; k++)
			for (const struct option *o = cmd->options[k]; o->name;
			     o++)
				ck_option(cmd, o);
	}
}
END_TEST

START_TEST(exit_codes_are_frozen)
{
	ck_assert_int_eq(exit_code(OK), 0);
	ck_assert_int_eq(exit_code(ERR_INTERNAL), 1);
	ck_assert_int_eq(exit_code(ERR_USAGE), 2);
	ck_assert_int_eq(exit_code(ERR_SIG_BAD), 3);
	ck_assert_int_eq(exit_code(ERR_TOKEN_BAD), 4);
	ck_assert_int_eq(exit_code(ERR_SCOPE), 4);
	ck_assert_int_eq(exit_code(ERR_NOT_FOUND), 5);
	ck_assert_int_eq(exit_code(ERR_FROM_STALE), 6);
	ck_assert_int_eq(exit_code(ERR_DELAY_SHORT), 7);
	ck_assert_int_eq(exit_code(ERR_NETWORK), 8);
	ck_assert_int_eq(exit_code(ERR_RATE_LIMITED), 8);
	ck_assert_int_eq(exit_code(ERR_WAIT_OVER), 9);
	ck_assert_int_eq(exit_code(ERR_PASSPHRASE), 10);
	ck_assert_int_eq(exit_code(ERR_DECLINED), 11);
	/* 3 is for what does not verify, and for nothing else */
	for (int e = 0; e < ERR_COUNT; e++)
		ck_assert_int_eq(exit_code((enum err)e) == 3,
		    err_class((enum err)e) == ERR_CLASS_VERIFY);
}
END_TEST

START_TEST(durations_in_both_spellings)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} row[] = { { "72h", 259200000 }, { "3d", 259200000 },
		{ "1w", 604800000 }, { "1h30m", 5400000 }, { "90s", 90000 },
		{ "500ms", 500 }, { "PT72H", 259200000 }, { "P3D", 259200000 },
		{ "P1W", 604800000 }, { "P1DT12H", 129600000 },
		{ "PT1H30M", 5400000 } };
	static const char *const bad[] = { "", "72", "h", "-1h", "1.5h", "3M",
		"1y", "P", "PT", "P1M", "P1Y", "P1H", "PT1D", "P1D12H", "P3",
		"PT1H1H", "p3d", "P1DT", "T1H", "3d ", " 3d", "1h1d",
		"P99999999999999999999D" };
	uint64_t ms;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		ck_assert_msg(value_duration_parse(row[i].text, &ms) == OK,
		    "%s", row[i].text);
		ck_assert_uint_eq(ms, row[i].ms);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(value_duration_parse(bad[i], &ms) != OK, "%s",
		    bad[i]);
}
END_TEST

START_TEST(lists_of_indexes)
{
	uint32_t mask = 0;

	ck_assert_int_eq(parse("enclave create --pcrs 0,1,2,8"), OK);
	ck_assert_int_eq(value_pcr_list(&c, "pcrs", &mask), OK);
	ck_assert_uint_eq(mask, 0x107);
	for (const char *const *s = (const char *const[]){ "0,", ",0", "0,,1",
		 "32", "x", "0;1", NULL };
	     *s != NULL; s++) {
		ck_assert_int_eq(parse(mem_printf("enclave create --pcrs %s",
				     *s)),
		    OK);
		ck_assert_int_eq(value_pcr_list(&c, "pcrs", &mask), ERR_USAGE);
	}
	mem_free_all();
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { words_match_exactly, options_match_exactly,
		an_option_may_repeat_where_the_row_says_so,
		an_optional_value_needs_the_equals_sign, choices_are_closed,
		an_error_is_told_in_the_format_that_was_asked_for,
		arguments_are_counted, a_flag_goes_before_the_environment,
		a_switch_in_the_environment_is_on_or_off, the_table_is_sound,
		exit_codes_are_frozen, durations_in_both_spellings,
		lists_of_indexes };

	return SUITE_RUN("command", t);
}
