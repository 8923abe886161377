/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <ykdef.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "yubikey.h"

/* Where the fields of struct config_st in ykdef.h lie, and after it the access
 * code that the slot has now. */
#define CONFIG_SIZE 52
#define AT_UID 16
#define AT_KEY 22
#define AT_ACCESS 38
#define AT_EXT 45
#define AT_TKT 46
#define AT_CFG 47

#define CRC_RESIDUAL 0xf0b8

static void
tell_serial(const struct yubikey_memory *m, struct yubikey_answer *a)
{
	uint8_t ext = m->slot[0].ext | m->slot[1].ext;

	if (yubikey_env_number("VYK_HIDDEN", 0) == 1 &&
	    (ext & EXTFLAG_SERIAL_API_VISIBLE) == 0)
		return;
	for (int i = 0; i < 4; i++)
		a->b[i] = (uint8_t)(m->serial >> (24 - 8 * i));
	a->n = 4;
}

/* With HMAC_LT64 the last byte and all equal ones before it are padding. */
static size_t
message_size(const struct yubikey_slot *s, const uint8_t *p)
{
	size_t n = SHA1_MAX_BLOCK_SIZE;
	uint8_t pad = p[n - 1];

	if ((s->cfg & CFGFLAG_HMAC_LT64) != 0)
		while (n > 0 && p[n - 1] == pad)
			n--;
	return n;
}

static void
respond(const struct yubikey_slot *s, const uint8_t *p,
    struct yubikey_answer *a)
{
	unsigned n = 0;

	if (!s->valid || (s->tkt & TKTFLAG_CHAL_RESP) == 0 ||
	    (s->cfg & CFGFLAG_CHAL_HMAC) != CFGFLAG_CHAL_HMAC)
		return;
	if (HMAC(EVP_sha1(), s->key, sizeof s->key, p, message_size(s, p), a->b,
		&n) == NULL)
		return;
	a->n = n;
	a->touch = (s->cfg & CFGFLAG_CHAL_BTN_TRIG) != 0;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	uint8_t any = 0;

	while (n > 0)
		any |= p[--n];
	return any == 0;
}

/* True when the memory changed.  A key that refuses says nothing: its
 * sequence number stays. */
static bool
program(struct yubikey_memory *m, struct yubikey_slot *s, const uint8_t *p)
{
	if (s->valid &&
	    memcmp(s->access, p + CONFIG_SIZE, sizeof s->access) != 0) {
		yubikey_env_log("wrong access code");
		return false;
	}
	if (!is_zero(p, CONFIG_SIZE) &&
	    yubikey_crc(p, CONFIG_SIZE) != CRC_RESIDUAL)
		return false;
	memset(s, 0, sizeof *s);
	if (!is_zero(p, CONFIG_SIZE)) {
		s->valid = 1;
		memcpy(s->key, p + AT_KEY, 16);
		memcpy(s->key + 16, p + AT_UID, 4);
		memcpy(s->access, p + AT_ACCESS, sizeof s->access);
		s->ext = p[AT_EXT];
		s->tkt = p[AT_TKT];
		s->cfg = p[AT_CFG];
	}
	if (m->slot[0].valid || m->slot[1].valid)
		m->sequence++;
	else
		m->sequence = 0;
	return true;
}

void
yubikey_slot_command(int key, uint8_t command, const uint8_t payload[64],
    struct yubikey_answer *a)
{
	struct yubikey_memory m;
	int fd = yubikey_memory_open(key, &m);
	bool changed = false;

	memset(a, 0, sizeof *a);
	if (fd < 0)
		return;
	switch (command) {
	case SLOT_DEVICE_SERIAL:
		tell_serial(&m, a);
		break;
	case SLOT_CHAL_HMAC1:
	case SLOT_CHAL_HMAC2:
		respond(&m.slot[command == SLOT_CHAL_HMAC2], payload, a);
		break;
	case SLOT_CONFIG:
	case SLOT_CONFIG2:
		changed =
		    program(&m, &m.slot[command == SLOT_CONFIG2], payload);
		break;
	default:
		yubikey_env_log("unknown command");
	}
	if (changed)
		yubikey_memory_save(fd, &m);
	else
		yubikey_memory_close(fd);
}
