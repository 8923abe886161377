/* SPDX-License-Identifier: ISC */
#include "ykpers_lib.h"

#include <stdarg.h>
#include <stdio.h>

static void say(struct ykpers_reply *r, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
say(struct ykpers_reply *r, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->detail, sizeof r->detail, fmt, ap);
	va_end(ap);
	r->err = e;
}

#if YKPERS

#include <dlfcn.h>
#include <sodium.h>
#include <ykcore.h>
#include <ykdef.h>
#include <ykpers.h>
#include <ykstatus.h>

#define LIBRARY "libykpers-1.so.1"

static struct {
	int (*init)(void);
	YK_KEY *(*open_key)(int);
	int (*close_key)(YK_KEY *);
	int (*force_key_update)(YK_KEY *);
	int (*get_serial)(YK_KEY *, uint8_t, unsigned, unsigned *);
	int (*get_status)(YK_KEY *, YK_STATUS *);
	int (*challenge_response)(YK_KEY *, uint8_t, int, unsigned,
	    const unsigned char *, unsigned, unsigned char *);
	int (*write_command)(YK_KEY *, YK_CONFIG *, uint8_t, unsigned char *);
	int *(*errno_location)(void);
	const char *(*strerror)(int);
	const char *(*usb_strerror)(void);
	YK_STATUS *(*status_alloc)(void);
	int (*version_major)(const YK_STATUS *);
	int (*version_minor)(const YK_STATUS *);
	int (*version_build)(const YK_STATUS *);
	int (*touch_level)(const YK_STATUS *);
	YKP_CONFIG *(*config_alloc)(void);
	void (*configure_version)(YKP_CONFIG *, YK_STATUS *);
	int (*configure_command)(YKP_CONFIG *, uint8_t);
	int (*hmac_key_from_raw)(YKP_CONFIG *, const char *);
	int (*set_access_code)(YKP_CONFIG *, unsigned char *, size_t);
	int (*set_chal_resp)(YKP_CONFIG *, bool);
	int (*set_chal_hmac)(YKP_CONFIG *, bool);
	int (*set_hmac_lt64)(YKP_CONFIG *, bool);
	int (*set_chal_btn_trig)(YKP_CONFIG *, bool);
	int (*set_serial_api_visible)(YKP_CONFIG *, bool);
	YK_CONFIG *(*core_config)(YKP_CONFIG *);
	int (*command)(YKP_CONFIG *);
} lib;

static const struct {
	const char *name;
	void *fn;
} functions[] = {
	{ "yk_init", &lib.init },
	{ "yk_open_key", &lib.open_key },
	{ "yk_close_key", &lib.close_key },
	{ "yk_force_key_update", &lib.force_key_update },
	{ "yk_get_serial", &lib.get_serial },
	{ "yk_get_status", &lib.get_status },
	{ "yk_challenge_response", &lib.challenge_response },
	{ "yk_write_command", &lib.write_command },
	{ "_yk_errno_location", &lib.errno_location },
	{ "yk_strerror", &lib.strerror },
	{ "yk_usb_strerror", &lib.usb_strerror },
	{ "ykds_alloc", &lib.status_alloc },
	{ "ykds_version_major", &lib.version_major },
	{ "ykds_version_minor", &lib.version_minor },
	{ "ykds_version_build", &lib.version_build },
	{ "ykds_touch_level", &lib.touch_level },
	{ "ykp_alloc", &lib.config_alloc },
	{ "ykp_configure_version", &lib.configure_version },
	{ "ykp_configure_command", &lib.configure_command },
	{ "ykp_HMAC_key_from_raw", &lib.hmac_key_from_raw },
	{ "ykp_set_access_code", &lib.set_access_code },
	{ "ykp_set_tktflag_CHAL_RESP", &lib.set_chal_resp },
	{ "ykp_set_cfgflag_CHAL_HMAC", &lib.set_chal_hmac },
	{ "ykp_set_cfgflag_HMAC_LT64", &lib.set_hmac_lt64 },
	{ "ykp_set_cfgflag_CHAL_BTN_TRIG", &lib.set_chal_btn_trig },
	{ "ykp_set_extflag_SERIAL_API_VISIBLE", &lib.set_serial_api_visible },
	{ "ykp_core_config", &lib.core_config },
	{ "ykp_command", &lib.command },
};

/* The key that is open. */
static YK_KEY *volatile held;

static YK_KEY *
hold(int i)
{
	held = lib.open_key(i);
	return held;
}

/* Gives the keyboard driver of the kernel back as well. */
static void
let_go(void)
{
	YK_KEY *yk = held;

	held = NULL;
	if (yk != NULL)
		(void)lib.close_key(yk);
}

void
ykpers_lib_give_up(void)
{
	if (held != NULL)
		(void)lib.force_key_update(held);
	let_go();
}

static bool
load(void)
{
	void *so = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0;
	     so != NULL && i < sizeof functions / sizeof functions[0]; i++) {
		void *p = dlsym(so, functions[i].name);

		if (p == NULL)
			return false;
		/* POSIX, dlsym: a function pointer has the shape of p. */
		memcpy(functions[i].fn, &p, sizeof p);
	}
	return so != NULL;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static void
say_usb(struct ykpers_reply *r)
{
	const char *why = lib.usb_strerror();

	if (begins(why, "Resource busy")) {
		say(r, ERR_DEVICE_BUSY, "YubiKey: %s.", why);
	} else if (begins(why, "Access denied")) {
		say(r, ERR_DEVICE_REFUSED, "YubiKey: %s.", why);
		(void)snprintf(r->hint, sizeof r->hint,
		    "the package libyubikey-udev lets whoever sits at this "
		    "machine use its YubiKeys");
	} else {
		say(r, ERR_DEVICE_GONE, "YubiKey: %s.", why);
	}
}

/* What the library says of its last call. */
static void
say_why(struct ykpers_reply *r)
{
	int why = *lib.errno_location();

	if (why == YK_EUSBERR)
		say_usb(r);
	else if (why == YK_ENOKEY)
		say(r, ERR_DEVICE_MISSING, "No YubiKey is plugged in.");
	else if (why == YK_EFIRMWARE)
		say(r, ERR_DEVICE_REFUSED,
		    "The YubiKey's firmware is not one that libykpers knows.");
	else
		say(r, ERR_DEVICE_GONE, "YubiKey: %s.", lib.strerror(why));
}

/* A key that does not tell its number lets the question time out. */
static bool
serial_of(YK_KEY *yk, uint32_t *serial)
{
	unsigned v = 0;
	bool told = lib.get_serial(yk, 1, 0, &v);

	*serial = told ? v : 0;
	return told || *lib.errno_location() == YK_ETIMEOUT;
}

static bool
describe(YK_KEY *yk, struct ykpers_key *k)
{
	YK_STATUS *st = lib.status_alloc();
	int level;

	if (st == NULL || !lib.get_status(yk, st))
		return false;
	level = lib.touch_level(st);
	k->version[0] = (uint8_t)lib.version_major(st);
	k->version[1] = (uint8_t)lib.version_minor(st);
	k->version[2] = (uint8_t)lib.version_build(st);
	for (int i = 0; i < 2; i++) {
		k->slot[i].used = (level & CONFIG1_VALID << i) != 0;
		k->slot[i].touch = (level & CONFIG1_TOUCH << i) != 0;
	}
	return serial_of(yk, &k->serial);
}

/* One key that others have, or that just went, hides none of the rest. */
static void
list(struct ykpers_reply *r)
{
	for (int i = 0; i < YKPERS_KEYS; i++) {
		YK_KEY *yk = hold(i);

		if (yk == NULL && *lib.errno_location() == YK_ENOKEY)
			break;
		if (yk == NULL) {
			say_why(r);
			continue;
		}
		if (describe(yk, &r->key[r->n]))
			r->n++;
		else
			say_why(r);
		let_go();
	}
	if (r->n > 0)
		r->err = OK;
}

static YK_KEY *
find(struct ykpers_at at, struct ykpers_reply *r)
{
	uint32_t serial;

	for (int i = 0; i < YKPERS_KEYS; i++) {
		YK_KEY *yk = hold(i);

		if (yk == NULL && *lib.errno_location() == YK_ENOKEY)
			break;
		if (yk == NULL) {
			say_why(r);
			continue;
		}
		if (at.serial == 0)
			return yk;
		if (!serial_of(yk, &serial))
			say_why(r);
		else if (serial == at.serial)
			return yk;
		let_go();
	}
	if (r->err == OK)
		say(r, ERR_DEVICE_MISSING, "YubiKey %u is not plugged in.",
		    at.serial);
	return NULL;
}

/* The response needs room for the checksum as well. */
static bool
challenge(YK_KEY *yk, unsigned slot, bool may_block, const uint8_t *c,
    uint8_t *response)
{
	uint8_t buf[64];
	bool ok = lib.challenge_response(yk,
	    slot == 1 ? SLOT_CHAL_HMAC1 : SLOT_CHAL_HMAC2, may_block,
	    YKPERS_CHALLENGE, c, sizeof buf, buf);

	if (ok)
		memcpy(response, buf, YKPERS_RESPONSE);
	sodium_memzero(buf, sizeof buf);
	return ok;
}

/* Asks for an answer at once, to any challenge. */
static void
probe(YK_KEY *yk, struct ykpers_at at, struct ykpers_reply *r)
{
	uint8_t any[YKPERS_CHALLENGE], response[YKPERS_RESPONSE];

	randombytes_buf(any, sizeof any);
	any[63] = any[62] ^ 0xff;
	r->touch = false;
	if (challenge(yk, at.slot, false, any, response))
		return;
	if (*lib.errno_location() == YK_EWOULDBLOCK)
		r->touch = true;
	else if (*lib.errno_location() == YK_ETIMEOUT)
		say(r, ERR_DEVICE_REFUSED,
		    "Slot %u of YubiKey %u is not for HMAC-SHA1 "
		    "challenge-response.",
		    at.slot, at.serial);
	else
		say_why(r);
}

/* A slot of another kind is silent, as one that is not touched is in the
 * end. */
static void
respond(YK_KEY *yk, const struct ykpers_job *job, struct ykpers_reply *r)
{
	if (challenge(yk, job->at.slot, true, job->challenge, r->response))
		return;
	if (*lib.errno_location() != YK_ETIMEOUT) {
		say_why(r);
		return;
	}
	probe(yk, job->at, r);
	if (r->err == OK)
		say(r, ERR_TOUCH, "YubiKey %u, slot %u.", job->at.serial,
		    job->at.slot);
}

static bool
configure(YKP_CONFIG *cfg, const struct ykpers_job *job)
{
	unsigned char code[YKPERS_ACCESS];

	if (job->access != NULL) {
		memcpy(code, job->access, sizeof code);
		if (lib.set_access_code(cfg, code, sizeof code) == 0)
			return false;
	}
	return lib.configure_command(cfg,
		   job->at.slot == 1 ? SLOT_CONFIG : SLOT_CONFIG2) &&
	       lib.set_chal_resp(cfg, true) && lib.set_chal_hmac(cfg, true) &&
	       lib.set_hmac_lt64(cfg, true) &&
	       lib.set_chal_btn_trig(cfg, true) &&
	       lib.set_serial_api_visible(cfg, true) &&
	       lib.hmac_key_from_raw(cfg, (const char *)job->secret) == 0;
}

static void
program(YK_KEY *yk, const struct ykpers_job *job, struct ykpers_reply *r)
{
	YKP_CONFIG *cfg = lib.config_alloc();
	YK_STATUS *st = lib.status_alloc();
	unsigned char code[YKPERS_ACCESS] = { 0 };

	if (cfg == NULL || st == NULL || !lib.get_status(yk, st)) {
		say_why(r);
		return;
	}
	lib.configure_version(cfg, st);
	if (job->access != NULL)
		memcpy(code, job->access, sizeof code);
	if (!configure(cfg, job))
		say(r, ERR_DEVICE_REFUSED,
		    "The YubiKey is too old for challenge-response.");
	else if (lib.write_command(yk, lib.core_config(cfg),
		     (uint8_t)lib.command(cfg),
		     job->access != NULL ? code : NULL))
		return;
	else if (*lib.errno_location() == YK_EWRITEERR)
		say(r, ERR_DEVICE_REFUSED,
		    job->access != NULL
			? "The access code of slot %u is another one."
			: "Slot %u has an access code.",
		    job->at.slot);
	else
		say_why(r);
}

static void
act(YK_KEY *yk, const struct ykpers_job *job, struct ykpers_reply *r)
{
	struct ykpers_key k = { 0 };

	if (job->act == YKPERS_PROGRAM) {
		program(yk, job, r);
		return;
	}
	if (!describe(yk, &k))
		say_why(r);
	else if (!k.slot[job->at.slot - 1].used)
		say(r, ERR_DEVICE_REFUSED, "Slot %u of YubiKey %u is empty.",
		    job->at.slot, k.serial);
	else if (job->act == YKPERS_PROBE)
		probe(yk, job->at, r);
	else
		respond(yk, job, r);
}

void
ykpers_lib_do(const struct ykpers_job *job, struct ykpers_reply *r)
{
	YK_KEY *yk;

	if (!load()) {
		say(r, ERR_KEY_LIBRARY,
		    "It is " LIBRARY ", of the package libykpers-1-1.");
		return;
	}
	if (!lib.init()) {
		say_why(r);
		return;
	}
	if (job->act == YKPERS_LIST) {
		list(r);
		return;
	}
	yk = find(job->at, r);
	if (yk == NULL)
		return;
	r->err = OK; /* another key may have been busy */
	act(yk, job, r);
	let_go();
}

#else

void
ykpers_lib_do(const struct ykpers_job *job, struct ykpers_reply *r)
{
	(void)job;
	say(r, ERR_KEY_LIBRARY, "This encl was built without libykpers.");
}

void
ykpers_lib_give_up(void)
{
}

#endif
