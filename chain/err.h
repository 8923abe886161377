/* SPDX-License-Identifier: ISC */
#ifndef ERR_H
#define ERR_H

/*
 * Every error of encl, one line each in err.def: ERR(NAME, CLASS, "sentence").
 * The line makes the enum value ERR_NAME, the stable wire code "name" (lower
 * case) and the sentence that people read.  The class says who must act; the
 * server maps classes to HTTP statuses and the CLI maps them to exit codes.
 * Nobody maps single names.
 */
enum err {
	OK = 0,
#define ERR(name, class, sentence) ERR_##name,
#include "err.def"
#undef ERR
	ERR_COUNT
};

enum err_class {
	ERR_CLASS_OK,
	ERR_CLASS_BUG,       /* ours: HTTP 500, exit 1 */
	ERR_CLASS_INPUT,     /* malformed request or usage: 400, exit 2 */
	ERR_CLASS_TOO_LARGE, /* 413, exit 2 */
	ERR_CLASS_MEDIA,     /* wrong Content-Type: 415, exit 2 */
	ERR_CLASS_METHOD,    /* 405, exit 2 */
	ERR_CLASS_VERIFY,    /* something does not verify: 422, exit 3 */
	ERR_CLASS_LOGIN,     /* who are you: 401, exit 4 */
	ERR_CLASS_ALLOW,     /* you may not: 403, exit 4 */
	ERR_CLASS_MISSING,   /* 404, exit 5 */
	ERR_CLASS_CONFLICT,  /* the world moved: 409, exit 6 */
	ERR_CLASS_POLICY,    /* the chain's own policy says no: 422, exit 7 */
	ERR_CLASS_LIMIT,     /* 429 with Retry-After, exit 8 */
	ERR_CLASS_RETRY,   /* server or network: 503 with Retry-After, exit 8 */
	ERR_CLASS_TIMEOUT, /* a wait ended: 408, exit 9 */
	ERR_CLASS_DEVICE,  /* key or device missing, PIN, touch: exit 10 */
	ERR_CLASS_DECLINED /* a person said no: exit 11 */
};

/* "head_moved"; "ok" for OK.  A constant string, never NULL. */
const char *err_code(enum err e);

/* One sentence for people, with a full stop.  A constant string, never NULL. */
const char *err_sentence(enum err e);

/* The class of its line in err.def; ERR_CLASS_OK for OK. */
enum err_class err_class(enum err e);

/* The error whose wire code this is, or ERR_UNKNOWN_CODE. */
enum err err_from_code(const char *wire);

#define TRY(call) \
	do { \
		enum err try_e = (call); \
		if (try_e != OK) \
			return try_e; \
	} while (0)

#endif
