/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <ykdef.h>

#include "yubikey.h"

#define CHUNK 7 /* of a report; the last byte has flags and a number */
#define FRAME_CHUNKS 10
#define AT_COMMAND 64
#define AT_CRC 65

static struct {
	uint8_t frame[FRAME_CHUNKS * CHUNK];
	struct yubikey_answer answer;
	bool waiting, reading;
	int polls;
	struct timespec since;
	uint8_t out[32 + 2]; /* the answer and its CRC */
	size_t out_n, out_at;
} key_of[YUBIKEY_MAX];

static int since_challenge;

uint16_t
yubikey_crc(const uint8_t *p, size_t n)
{
	uint16_t c = 0xffff;

	while (n-- > 0) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = (uint16_t)(c >> 1 ^ ((c & 1) != 0 ? 0x8408 : 0));
	}
	return c;
}

int
yubikey_report_since_challenge(void)
{
	return since_challenge > 0 ? since_challenge++ : 0;
}

static void
begin_reading(int i)
{
	const struct yubikey_answer *a = &key_of[i].answer;
	uint16_t c = (uint16_t)~yubikey_crc(a->b, a->n);

	if (yubikey_env_fault("crc", NULL))
		c ^= 0x1234;
	memcpy(key_of[i].out, a->b, a->n);
	key_of[i].out[a->n] = (uint8_t)c;
	key_of[i].out[a->n + 1] = (uint8_t)(c >> 8);
	key_of[i].out_n = a->n + 2;
	key_of[i].out_at = 0;
	key_of[i].reading = true;
}

static void
frame_done(int i)
{
	const uint8_t *f = key_of[i].frame;
	uint8_t command = f[AT_COMMAND];

	if (yubikey_crc(f, SLOT_DATA_SIZE) !=
	    (f[AT_CRC] | (unsigned)f[AT_CRC + 1] << 8))
		return;
	yubikey_env_log("key %d command 0x%02x", i, command);
	if (command == SLOT_CHAL_HMAC1 || command == SLOT_CHAL_HMAC2)
		since_challenge = 1;
	yubikey_slot_command(i, command, f, &key_of[i].answer);
	if (key_of[i].answer.n == 0)
		return;
	if (!key_of[i].answer.touch) {
		begin_reading(i);
		return;
	}
	key_of[i].waiting = true;
	key_of[i].polls = 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &key_of[i].since);
	yubikey_env_log("key %d blinks", i);
}

int
yubikey_report_set(int i, const uint8_t report[YUBIKEY_REPORT])
{
	uint8_t flags = report[CHUNK], number = flags & 0x1f;

	if (flags == DUMMY_REPORT_WRITE) {
		key_of[i].reading = key_of[i].waiting = false;
		return YUBIKEY_REPORT;
	}
	if ((flags & SLOT_WRITE_FLAG) == 0 || number >= FRAME_CHUNKS)
		return YUBIKEY_REPORT;
	if (number == 0)
		memset(key_of[i].frame, 0, sizeof key_of[i].frame);
	memcpy(key_of[i].frame + number * CHUNK, report, CHUNK);
	if (number == FRAME_CHUNKS - 1)
		frame_done(i);
	return YUBIKEY_REPORT;
}

static long
waited_ms(int i)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - key_of[i].since.tv_sec) * 1000 +
	       (now.tv_nsec - key_of[i].since.tv_nsec) / 1000000;
}

static long
blinks_ms(void)
{
	return yubikey_env_number("VYK_TIMEOUT", 15000);
}

/* However late somebody looks, what came in time has come. */
static bool
touched(int i)
{
	const char *how = yubikey_env("VYK_TOUCH", "auto");

	if (key_of[i].polls++ == 0)
		return false; /* nobody is so fast: the key blinks first */
	if (strcmp(how, "auto") == 0)
		return true;
	if (strncmp(how, "after:", 6) == 0) {
		long at = strtol(how + 6, NULL, 10);

		return at < blinks_ms() && waited_ms(i) >= at;
	}
	return strncmp(how, "file:", 5) == 0 && unlink(how + 5) == 0;
}

static void
look_for_touch(int i)
{
	if (touched(i)) {
		key_of[i].waiting = false;
		yubikey_env_log("key %d touched", i);
		begin_reading(i);
	} else if (key_of[i].polls > 1 && waited_ms(i) >= blinks_ms()) {
		key_of[i].waiting = false;
		yubikey_env_log("key %d not touched", i);
	}
}

/* The status report: struct status_st in ykdef.h, shifted by one. */
static int
status(int i, uint8_t report[YUBIKEY_REPORT])
{
	struct yubikey_memory m;
	int fd = yubikey_memory_open(i, &m);

	if (fd < 0)
		return -1;
	yubikey_memory_close(fd);
	memcpy(report + 1, m.version, sizeof m.version);
	report[4] = m.sequence;
	for (int s = 0; s < 2; s++)
		if (m.slot[s].valid) {
			report[5] |= (uint8_t)(CONFIG1_VALID << s);
			if ((m.slot[s].cfg & CFGFLAG_CHAL_BTN_TRIG) != 0)
				report[5] |= (uint8_t)(CONFIG1_TOUCH << s);
		}
	if (key_of[i].waiting)
		report[CHUNK] = RESP_TIMEOUT_WAIT_FLAG | 15;
	return YUBIKEY_REPORT;
}

int
yubikey_report_get(int i, uint8_t report[YUBIKEY_REPORT])
{
	size_t at = key_of[i].out_at, left = key_of[i].out_n - at;

	memset(report, 0, YUBIKEY_REPORT);
	if (key_of[i].waiting) {
		look_for_touch(i);
		at = 0;
		left = key_of[i].out_n;
	}
	if (!key_of[i].reading)
		return status(i, report);
	report[CHUNK] = RESP_PENDING_FLAG;
	if (left == 0) {
		key_of[i].reading = false;
		return YUBIKEY_REPORT;
	}
	memcpy(report, key_of[i].out + at, left < CHUNK ? left : CHUNK);
	report[CHUNK] |= (uint8_t)(at / CHUNK);
	key_of[i].out_at += left < CHUNK ? left : CHUNK;
	return YUBIKEY_REPORT;
}
