/* SPDX-License-Identifier: ISC */
/*
 * A PKCS#11 module that passes everything on to another (P11F_MODULE), but for
 * what P11F_FAULT says, words parted by commas:
 *
 * crash-start, crash-sign, hang-start, hang-sign, gone-sign, slow-sign,
 * bad-sign (one bit is other), short-sign, noise (writes to stdout), pad (the
 * PIN, P11F_PIN, is typed at the token), pad-cancel, always (a login for each
 * signature), lock (the third wrong PIN blocks the token; P11F_STATE is a file
 * that counts them), leaky (what is made could leave the token), shy (shows
 * nothing before a login), bare, bits (spellings of EC points), huge
 * (attributes say that they are longer than asked for).
 *
 * slow-sign waits for the file P11F_GO.
 * P11F_LOG: file, a line for each call that ends something.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *real, mine;
static int user, context; /* logged in; for one signature */

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

static int
fault(const char *word)
{
	const char *s = getenv("P11F_FAULT");
	size_t n = strlen(word);

	while (s != NULL && *s != '\0') {
		if (strncmp(s, word, n) == 0 && (s[n] == ',' || s[n] == '\0'))
			return 1;
		s = strchr(s, ',');
		s += s != NULL;
	}
	return 0;
}

static void
note(const char *what)
{
	const char *path = getenv("P11F_LOG");
	FILE *f = path != NULL ? fopen(path, "a") : NULL;

	if (f == NULL)
		return;
	fprintf(f, "%s\n", what);
	fclose(f);
}

static int
wrong_pins(int add)
{
	FILE *f = fopen(getenv("P11F_STATE"), "a+");
	int n;

	fseek(f, 0, SEEK_END);
	if (add > 0)
		fputc('x', f);
	n = (int)ftell(f);
	fclose(f);
	if (add < 0)
		unlink(getenv("P11F_STATE"));
	return n;
}

static void
crash(void)
{
	volatile char *nowhere = NULL;

	*nowhere = 1;
}

static CK_RV
initialize(void *args)
{
	if (fault("crash-start"))
		crash();
	if (fault("hang-start"))
		pause();
	if (fault("noise"))
		(void)!write(STDOUT_FILENO, "noise\n", 6);
	return real->C_Initialize(args);
}

static CK_RV
finalize(void *reserved)
{
	note("finalize");
	return real->C_Finalize(reserved);
}

static CK_RV
close_session(CK_SESSION_HANDLE s)
{
	note("close");
	return real->C_CloseSession(s);
}

static CK_RV
log_out(CK_SESSION_HANDLE s)
{
	note("logout");
	return real->C_Logout(s);
}

static CK_RV
token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *i)
{
	CK_RV rv = real->C_GetTokenInfo(slot, i);
	int n = fault("lock") ? wrong_pins(0) : 0;

	if (fault("pad") || fault("pad-cancel"))
		i->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	i->flags &= ~CKF_USER_PIN_COUNT_LOW;
	if (n > 0)
		i->flags |= CKF_USER_PIN_COUNT_LOW;
	if (n == 2)
		i->flags |= CKF_USER_PIN_FINAL_TRY;
	if (n >= 3)
		i->flags |= CKF_USER_PIN_LOCKED;
	return rv;
}

static CK_RV
log_in(CK_SESSION_HANDLE s, CK_USER_TYPE who, CK_UTF8CHAR *pin, CK_ULONG n)
{
	char *known = getenv("P11F_PIN");
	CK_RV rv;

	note(who == CKU_USER ? "login" : "login for one");
	if (fault("pad-cancel"))
		return CKR_FUNCTION_CANCELED;
	if (fault("pad")) {
		if (pin != NULL)
			return CKR_ARGUMENTS_BAD;
		pin = (CK_UTF8CHAR *)known;
		n = strlen(known);
	}
	if (who == CKU_CONTEXT_SPECIFIC) {
		context = n == strlen(known) && memcmp(pin, known, n) == 0;
		return context ? CKR_OK : CKR_PIN_INCORRECT;
	}
	if (fault("lock") && wrong_pins(0) >= 3)
		return CKR_PIN_LOCKED;
	rv = real->C_Login(s, who, pin, n);
	user = rv == CKR_OK;
	if (fault("lock"))
		wrong_pins(rv == CKR_OK ? -1 : 1);
	return rv;
}

static void
wait_for_go(void)
{
	const char *go = getenv("P11F_GO");

	for (int i = 0; i < 12000 && access(go, F_OK) != 0; i++)
		usleep(10000);
}

static CK_RV
sign(CK_SESSION_HANDLE s, CK_BYTE *d, CK_ULONG n, CK_BYTE *sig, CK_ULONG *sig_n)
{
	CK_RV rv;

	if (fault("crash-sign"))
		crash();
	if (fault("gone-sign"))
		return CKR_DEVICE_REMOVED;
	if (fault("hang-sign"))
		pause();
	if (fault("slow-sign"))
		wait_for_go();
	if (fault("always") && !context)
		return CKR_USER_NOT_LOGGED_IN;
	context = 0;
	rv = real->C_Sign(s, d, n, sig, sig_n);
	if (fault("bad-sign"))
		sig[9] ^= 1;
	if (fault("short-sign"))
		*sig_n -= 1;
	return rv;
}

static CK_RV
find(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n)
{
	char none[] = "a label that nothing has";
	CK_ATTRIBUTE nothing = { CKA_LABEL, none, sizeof none - 1 };

	return fault("shy") && !user ? real->C_FindObjectsInit(s, &nothing, 1)
				     : real->C_FindObjectsInit(s, a, n);
}

static void
respell(CK_ATTRIBUTE *a)
{
	unsigned char *p = a->pValue;
	CK_ULONG n = a->ulValueLen;

	if (fault("bare")) {
		memmove(p, p + 2, n - 2);
		a->ulValueLen = n - 2;
	}
	if (fault("bits")) {
		memmove(p + 3, p + 2, n - 2);
		p[0] = 3;
		p[1] = (unsigned char)(n - 1);
		p[2] = 0;
		a->ulValueLen = n + 1;
	}
}

static CK_RV
get_attribute(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
    CK_ULONG n)
{
	CK_RV rv = real->C_GetAttributeValue(s, o, a, n);

	if (n != 1 || a->pValue == NULL)
		return rv;
	if (a->type == CKA_ALWAYS_AUTHENTICATE && fault("always"))
		*(CK_BBOOL *)a->pValue = CK_TRUE;
	if (a->type == CKA_EXTRACTABLE && fault("leaky"))
		*(CK_BBOOL *)a->pValue = CK_TRUE;
	if (a->type == CKA_EC_POINT && rv == CKR_OK)
		respell(a);
	if (fault("huge"))
		a->ulValueLen = 1UL << 40;
	return rv;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	void *so = dlopen(getenv("P11F_MODULE"), RTLD_NOW | RTLD_LOCAL);
	CK_RV (*get)(CK_FUNCTION_LIST **);
	void *p = so != NULL ? dlsym(so, "C_GetFunctionList") : NULL;

	if (p == NULL)
		return CKR_GENERAL_ERROR;
	memcpy(&get, &p, sizeof get);
	get(&real);
	mine = *real;
	mine.C_GetFunctionList = C_GetFunctionList;
	mine.C_Initialize = initialize;
	mine.C_Finalize = finalize;
	mine.C_CloseSession = close_session;
	mine.C_Logout = log_out;
	mine.C_GetTokenInfo = token_info;
	mine.C_Login = log_in;
	mine.C_Sign = sign;
	mine.C_FindObjectsInit = find;
	mine.C_GetAttributeValue = get_attribute;
	*list = &mine;
	return CKR_OK;
}
