/* SPDX-License-Identifier: ISC */
#include "pkcs11_token.h"

#include "chain/text.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "pkcs11_talk.h"

#define SLOTS 4096 /* of one module */

static enum err
meaning(CK_RV rv)
{
	switch (rv) {
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return ERR_PIN;
	case CKR_PIN_LOCKED:
		return ERR_PIN_BLOCKED;
	case CKR_DEVICE_ERROR:
	case CKR_DEVICE_REMOVED:
	case CKR_TOKEN_NOT_PRESENT:
	case CKR_TOKEN_NOT_RECOGNIZED:
	case CKR_SESSION_HANDLE_INVALID:
	case CKR_SESSION_CLOSED:
	case CKR_SLOT_ID_INVALID:
		return ERR_DEVICE_GONE;
	case CKR_CANCEL:
	case CKR_FUNCTION_CANCELED:
		return ERR_DECLINED;
	case CKR_SESSION_COUNT:
	case CKR_SESSION_EXISTS:
		return ERR_DEVICE_BUSY;
	default:
		return ERR_DEVICE_REFUSED;
	}
}

enum err
pkcs11_token_error(const struct pkcs11_token *t, const char *doing, CK_RV rv)
{
	return fail_with(meaning(rv), "When asked %s, the %s said: %s.", doing,
	    t->name, t->lib->strerror(rv));
}

/* A field of a token is padded with spaces; what cannot be printed is left
 * out. */
static const char *
name_of(const CK_TOKEN_INFO *i)
{
	size_t n = sizeof i->label;
	struct span s;

	while (n > 0 && (i->label[n - 1] == ' ' || i->label[n - 1] == '\0'))
		n--;
	s = span_of(i->label, n);
	return n > 0 && text_is_plain(s)
		   ? mem_printf("token \"%s\"", mem_string(s))
		   : "token";
}

/* The slot's token, if u names it. */
static bool
fits(const struct pkcs11_uri *u, CK_SLOT_ID slot, struct pkcs11_token *t)
{
	CK_SLOT_ID want = u->lib->uri_get_slot_id(u->uri);
	CK_SLOT_INFO info;

	return (want == (CK_SLOT_ID)-1 || want == slot) &&
	       t->m->C_GetSlotInfo(slot, &info) == CKR_OK &&
	       u->lib->uri_match_slot_info(u->uri, &info) == 1 &&
	       t->m->C_GetTokenInfo(slot, &t->info) == CKR_OK &&
	       t->info.flags & CKF_TOKEN_INITIALIZED &&
	       u->lib->uri_match_token_info(u->uri, &t->info) == 1;
}

static void
add_slots(const struct pkcs11_uri *u, CK_FUNCTION_LIST *m,
    struct pkcs11_token *t, size_t *n)
{
	CK_SLOT_ID *slot = mem_new(SLOTS * sizeof *slot);
	CK_ULONG count = SLOTS;

	if (m->C_GetSlotList(CK_TRUE, slot, &count) != CKR_OK || count > SLOTS)
		return;
	for (CK_ULONG i = 0; i < count && *n < PKCS11_TOKENS; i++) {
		struct pkcs11_token *k = &t[*n];

		*k = (struct pkcs11_token){ .lib = u->lib, .m = m };
		k->slot = slot[i];
		if (!fits(u, slot[i], k))
			continue;
		k->name = name_of(&k->info);
		(*n)++;
	}
}

static enum err
start(const struct pkcs11_uri *u, CK_FUNCTION_LIST *m, const char *name,
    struct pkcs11_token *t, size_t *n)
{
	CK_INFO info;
	CK_RV rv = u->lib->module_initialize(m);

	if (rv != CKR_OK)
		return fail_with(ERR_KEY_LIBRARY,
		    "The PKCS#11 module %s does not start: %s.", name,
		    u->lib->strerror(rv));
	if (m->C_GetInfo(&info) == CKR_OK &&
	    u->lib->uri_match_module_info(u->uri, &info) == 1)
		add_slots(u, m, t, n);
	return OK;
}

static enum err
by_path(const struct pkcs11_uri *u, struct pkcs11_token *t, size_t *n)
{
	CK_FUNCTION_LIST *m = u->lib->module_load(u->module_path, 0);

	if (m == NULL) {
		fail_hint("module-path= names the module's .so file; without "
			  "it the registered ones are asked");
		return fail_with(ERR_KEY_LIBRARY,
		    "The PKCS#11 module %s cannot be loaded: %s.",
		    u->module_path, u->lib->message());
	}
	return start(u, m, u->module_path, t, n);
}

static const char *
registered(const struct pkcs11_lib *l, CK_FUNCTION_LIST *m)
{
	const char *name = l->module_get_name(m);

	return name != NULL ? name : "without a name";
}

enum err
pkcs11_token_list(const struct pkcs11_uri *u, struct pkcs11_token *t, size_t *n)
{
	CK_FUNCTION_LIST **m;
	const char *names = "";
	bool found = false;

	*n = 0;
	if (u->module_path != NULL)
		return by_path(u, t, n);
	m = u->lib->modules_load(NULL, 0);
	for (size_t i = 0; m != NULL && m[i] != NULL; i++) {
		const char *name = registered(u->lib, m[i]);

		names = mem_printf("%s %s", names, name);
		/* What only says which authorities to trust has no keys. */
		if ((u->module_name != NULL &&
			strcmp(u->module_name, name) != 0) ||
		    u->lib->module_get_flags(m[i]) & P11_KIT_MODULE_TRUSTED)
			continue;
		found = true;
		if (start(u, m[i], name, t, n) == OK)
			continue;
		if (u->module_name != NULL)
			return ERR_KEY_LIBRARY;
		fail_forget();
	}
	if (u->module_name != NULL && !found) {
		fail_hint("the registered ones are:%s", names);
		return fail_with(ERR_KEY_LIBRARY,
		    "No PKCS#11 module is registered as %s.", u->module_name);
	}
	return OK;
}

void
pkcs11_token_end(const struct pkcs11_token *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool done = false;

		for (size_t k = 0; k < i; k++)
			done = done || t[k].m == t[i].m;
		if (!done)
			(void)t[i].lib->module_finalize(t[i].m);
	}
}

enum err
pkcs11_token_open(struct pkcs11_token *t, bool writing)
{
	CK_FLAGS flags = CKF_SERIAL_SESSION | (writing ? CKF_RW_SESSION : 0);
	CK_RV rv = t->m->C_OpenSession(t->slot, flags, NULL, NULL, &t->session);

	t->open = rv == CKR_OK;
	return t->open ? OK : pkcs11_token_error(t, "for a session", rv);
}

void
pkcs11_token_close(struct pkcs11_token *t)
{
	if (!t->open)
		return;
	if (t->logged_in)
		(void)t->m->C_Logout(t->session);
	(void)t->m->C_CloseSession(t->session);
	t->open = t->logged_in = false;
}

/* What the token tells of its PIN is flags, never a number, but for the last
 * try. */
static const char *
what(const struct pkcs11_token *t)
{
	bool low = t->info.flags & CKF_USER_PIN_COUNT_LOW &&
		   !(t->info.flags & CKF_USER_PIN_FINAL_TRY);

	return mem_printf("%s%s", t->name,
	    low ? " (a wrong PIN was given before)" : "");
}

static enum err
wrong(struct pkcs11_token *t, CK_RV rv)
{
	CK_FLAGS f;

	fail_forget(); /* what was said of an earlier PIN */
	if (rv != CKR_PIN_INCORRECT)
		return pkcs11_token_error(t, "to take the PIN", rv);
	(void)t->m->C_GetTokenInfo(t->slot, &t->info);
	f = t->info.flags;
	if (f & CKF_USER_PIN_LOCKED)
		return fail_with(ERR_PIN_BLOCKED, "%s", t->name);
	return fail_with(ERR_PIN, "%s%s", t->name,
	    f & CKF_USER_PIN_FINAL_TRY
		? ": one more wrong PIN blocks it"
		: ": it does not say how many tries are left");
}

static enum err
at_the_token(struct pkcs11_token *t, CK_USER_TYPE who, int fd)
{
	CK_RV rv;

	pkcs11_talk_say(fd, PKCS11_PAD, t->name);
	rv = t->m->C_Login(t->session, who, NULL, 0);
	pkcs11_talk_say(fd, PKCS11_TOUCH_END, t->name);
	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? OK
								: wrong(t, rv);
}

static enum err
try_pin(struct pkcs11_token *t, CK_USER_TYPE who, struct span pin)
{
	CK_RV rv = t->m->C_Login(t->session, who,
	    (CK_UTF8CHAR *)(uintptr_t)pin.p, pin.n);

	return rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN ? OK
								: wrong(t, rv);
}

static enum err
login(struct pkcs11_token *t, CK_USER_TYPE who, int fd, struct span *pin)
{
	bool again = false;

	if (t->m->C_GetTokenInfo(t->slot, &t->info) == CKR_OK &&
	    t->info.flags & CKF_USER_PIN_LOCKED)
		return fail_with(ERR_PIN_BLOCKED, "%s", t->name);
	if (t->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH)
		return at_the_token(t, who, fd);
	if (pin->p != NULL)
		return try_pin(t, who, *pin);
	for (;;) {
		bool last = t->info.flags & CKF_USER_PIN_FINAL_TRY;
		enum err e;

		TRY(pkcs11_talk_pin(fd, what(t), last ? 1 : -1, again, pin));
		e = try_pin(t, who, *pin);
		if (e == OK)
			fail_forget();
		if (e != ERR_PIN)
			return e;
		pkcs11_talk_forget(pin);
		again = true;
	}
}

enum err
pkcs11_token_login(struct pkcs11_token *t, int fd, struct span *pin)
{
	if (t->logged_in || !(t->info.flags & CKF_LOGIN_REQUIRED))
		return OK;
	TRY(login(t, CKU_USER, fd, pin));
	t->logged_in = true;
	return OK;
}

enum err
pkcs11_token_again(struct pkcs11_token *t, int fd, struct span *pin)
{
	return login(t, CKU_CONTEXT_SPECIFIC, fd, pin);
}
