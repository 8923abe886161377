/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "chain/text.h"
#include "cli/act.h"
#include "cli/fail.h"
#include "cli/keys/key_file.h"
#include "cli/mem.h"
#include "cli/out.h"
#include "cli/pcr_file.h"
#include "cli/screen.h"
#include "cli/value.h"
#include "tests/fuzz/fuzz.h"

/* What people and other machines give to encl: the first byte says what the
 * rest is. */

/* Words parted by newlines.  What parses can be asked for every option. */
static void
command_line(char *text)
{
	static struct cli c;
	char *argv[64];
	const struct command *cmd;
	int argc = 0, used;

	for (char *w = strtok(text, "\n"); w != NULL && argc < 64;
	     w = strtok(NULL, "\n"))
		argv[argc++] = w;
	cmd = command_find(argc, argv, &used);
	if (cmd == NULL)
		return;
	if (command_parse(&c, cmd, argc - used, argv + used) != OK)
		return;
	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++)
		for (const struct option *o = cmd->options[i]; o->name; o++) {
			const char *v[4];
			uint64_t ms;

			if (command_value(&c, o->name) == NULL)
				continue;
			if (command_values(&c, o->name, v, 4) == 0)
				abort();
			(void)!value_duration(&c, o->name, &ms);
			(void)!value_time(&c, o->name, &ms);
		}
}

/* A key file has one spelling. */
static void
key_file(struct span s)
{
	struct key_file k;
	uint8_t buf[KEY_FILE_MAX];
	struct out o = out_of(buf, sizeof buf);

	if (key_file_parse(s, &k) != OK)
		return;
	key_file_render(&o, &k);
	fuzz_same(&o, s);
}

/* Measurements that are taken have a value of 48 bytes that is not zero. */
static void
measurements(struct span s)
{
	static const uint8_t zero[PCR_SIZE];
	struct view_pcrs_buf buf;
	struct pcrs p;

	if (pcr_file_parse(s, &buf, &p) != OK)
		return;
	if (p.mask == 0)
		abort();
	for (unsigned i = 0; i < PCR_COUNT; i++)
		if ((p.mask >> i & 1) != 0 &&
		    memcmp(p.value[i], zero, PCR_SIZE) == 0)
			abort();
}

/* A statement of somebody else's on the signing screen: nothing on it can
 * move a cursor. */
static void
screen(struct span s)
{
	struct act *a = mem_new(sizeof *a);
	FILE *was = stderr;
	char *text = NULL;
	size_t n = 0;

	if (act_begin_statement(a, NULL, s) != OK)
		return;
	stderr = open_memstream(&text, &n);
	if (stderr != NULL && screen_show(a) == OK && fflush(stderr) == 0)
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)text[i] < 0x20 && text[i] != '\n')
				abort();
	if (stderr != NULL)
		(void)fclose(stderr);
	stderr = was;
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span rest = span_of(p + 1, n - 1);

	if (n == 0)
		return 0;
	switch (p[0] % 4) {
	case 0:
		command_line(mem_string(rest));
		break;
	case 1:
		key_file(rest);
		break;
	case 2:
		measurements(rest);
		break;
	default:
		screen(rest);
		break;
	}
	fail_forget();
	mem_free_all();
	return 0;
}
