/* SPDX-License-Identifier: ISC */
#ifndef YUBIKEY_H
#define YUBIKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * YubiKeys without hardware: a libusb-1.0.so.0 for LD_LIBRARY_PATH, so that
 * the unmodified libykpers and its tools speak the real protocol (8-byte
 * feature reports, 70-byte frames, CRC-16) to it.  What is modelled is the OTP
 * application: serial number, status, two slots, HMAC-SHA1 challenge-response
 * with and without HMAC_LT64 and touch, access codes.  By Yubico's ykdef.h and
 * ykcore.c; timings and the behaviour of a real key on errors are not known
 * better than from there.
 *
 * The environment says what is plugged in:
 *
 *	VYK_STATE     file of what the key keeps (yubikey.state); .1, .2 and so
 *	              on for further keys; made when it is not there
 *	VYK_KEYS      how many are plugged in (1)
 *	VYK_SERIAL    serial number of the first new one (17654321), the next
 *	              ones counting on
 *	VYK_HIDDEN    1: no key tells its number but by a slot that was written
 *	              so (SERIAL_API_VISIBLE)
 *	VYK_VERSION   firmware of a new one (5.4.3)
 *	VYK_TOUCH     auto | never | after:MS | file:PATH (a touch takes the
 *	              file away)
 *	VYK_TIMEOUT   how many ms a key blinks before it gives up (15000)
 *	VYK_FAULT     access | busy | list | crash | crc | hang | kerneldrv |
 *	              unplug:N (before the Nth transfer of this process) |
 *	              pull:N (before the Nth transfer after a challenge)
 *	VYK_LOG       file that gets a line for each frame, blink and touch
 */
#define YUBIKEY_MAX 8
#define YUBIKEY_REPORT 8

/* yubikey_memory.c: what a key keeps without power. */
struct yubikey_slot {
	uint8_t valid, key[20], tkt, cfg, ext, access[6];
};
struct yubikey_memory {
	char magic[4];
	uint8_t version[3], sequence;
	uint32_t serial;
	struct yubikey_slot slot[2];
};
/* A locked file descriptor, or -1. */
int yubikey_memory_open(int key, struct yubikey_memory *m);
void yubikey_memory_close(int fd);
/* Writes m, then closes. */
void yubikey_memory_save(int fd, const struct yubikey_memory *m);

/* yubikey_slot.c: what a frame asks of a slot.  The command of struct
 * frame_st in ykdef.h. */
struct yubikey_answer {
	uint8_t b[32];
	size_t n;   /* 0: the key stays silent */
	bool touch; /* the answer waits for one */
};
void yubikey_slot_command(int key, uint8_t command, const uint8_t payload[64],
    struct yubikey_answer *a);

/* yubikey_report.c: one feature report to or from a key. */
int yubikey_report_set(int key, const uint8_t report[YUBIKEY_REPORT]);
int yubikey_report_get(int key, uint8_t report[YUBIKEY_REPORT]);
/* Transfers since the last challenge was taken; 0: none was. */
int yubikey_report_since_challenge(void);

/* yubikey_env.c: the environment above. */
const char *yubikey_env(const char *name, const char *otherwise);
long yubikey_env_number(const char *name, long otherwise);
/* Whether VYK_FAULT is this one; number of NAME:N, else 0. */
bool yubikey_env_fault(const char *name, long *number);
void yubikey_env_log(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

uint16_t yubikey_crc(const uint8_t *p, size_t n);

#endif
