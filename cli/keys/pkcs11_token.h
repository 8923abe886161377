/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_TOKEN_H
#define PKCS11_TOKEN_H

#include "pkcs11_uri.h"

/*
 * Tokens, and one session with each.  All of this runs in the child of
 * pkcs11_child.h; fd is its socket.  What a token answers becomes one of
 * ERR_PIN, ERR_PIN_BLOCKED, ERR_DEVICE_GONE, ERR_DEVICE_REFUSED,
 * ERR_DEVICE_BUSY and ERR_DECLINED, with a detail.
 */
#define PKCS11_TOKENS 64

struct pkcs11_token {
	const struct pkcs11_lib *lib;
	CK_FUNCTION_LIST *m;
	CK_SLOT_ID slot;
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;
	bool open, logged_in;
	const char *name; /* for people: "token \"LABEL\"", or "token" */
};

/* The initialized tokens that u names, at most PKCS11_TOKENS into t; a module
 * that cannot be used is passed over unless u names it.  ERR_KEY_LIBRARY. */
MUST_USE enum err pkcs11_token_list(const struct pkcs11_uri *u,
    struct pkcs11_token *t, size_t *n);

/* Gives back the modules of a list, whose sessions are closed. */
void pkcs11_token_end(const struct pkcs11_token *t, size_t n);

MUST_USE enum err pkcs11_token_open(struct pkcs11_token *t, bool writing);
/* Logs out and closes, if it is open. */
void pkcs11_token_close(struct pkcs11_token *t);

/* Logs the user in, if the token wants that.  The PIN is asked for, or typed
 * at the token where it has keys of its own.  *pin: what was typed, for
 * pkcs11_token_again; the caller gives it to pkcs11_talk_forget. */
MUST_USE enum err pkcs11_token_login(struct pkcs11_token *t, int fd,
    struct span *pin);
/* The further login that a key may want for each signature, with *pin if there
 * is one. */
MUST_USE enum err pkcs11_token_again(struct pkcs11_token *t, int fd,
    struct span *pin);

/* What rv says, which is not CKR_OK; doing: "to sign". */
MUST_USE enum err pkcs11_token_error(const struct pkcs11_token *t,
    const char *doing, CK_RV rv);

#endif
