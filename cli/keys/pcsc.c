/* SPDX-License-Identifier: ISC */
#include "pcsc.h"

#include <dlfcn.h>
#include <stdio.h>
#include <winscard.h>

#include "cli/fail.h"
#include "cli/mem.h"

#define LIBRARY "libpcsclite.so.1"
#define NAMES_MAX 4096

struct pcsc {
	SCARDHANDLE handle;
	DWORD protocol;
	const char *reader;
};

static struct {
	LONG (*establish)(DWORD, LPCVOID, LPCVOID, LPSCARDCONTEXT);
	LONG (*list_readers)(SCARDCONTEXT, LPCSTR, LPSTR, LPDWORD);
	LONG(*connect)
	(SCARDCONTEXT, LPCSTR, DWORD, DWORD, LPSCARDHANDLE, LPDWORD);
	LONG (*reconnect)(SCARDHANDLE, DWORD, DWORD, DWORD, LPDWORD);
	LONG (*begin)(SCARDHANDLE);
	LONG (*end)(SCARDHANDLE, DWORD);
	LONG (*disconnect)(SCARDHANDLE, DWORD);
	LONG(*transmit)
	(SCARDHANDLE, const SCARD_IO_REQUEST *, LPCBYTE, DWORD,
	    SCARD_IO_REQUEST *, LPBYTE, LPDWORD);
} lib;

static const struct {
	const char *name;
	void *fn;
} functions[] = {
	{ "SCardEstablishContext", &lib.establish },
	{ "SCardListReaders", &lib.list_readers },
	{ "SCardConnect", &lib.connect },
	{ "SCardReconnect", &lib.reconnect },
	{ "SCardBeginTransaction", &lib.begin },
	{ "SCardEndTransaction", &lib.end },
	{ "SCardDisconnect", &lib.disconnect },
	{ "SCardTransmit", &lib.transmit },
};

/* One for the command; the service forgets it when the process ends. */
static struct {
	bool there;
	SCARDCONTEXT handle;
} context;

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

static enum err
failed(LONG e, const char *reader)
{
	switch ((uint32_t)e) {
	case (uint32_t)SCARD_E_SHARING_VIOLATION:
		fail_hint("end the other program; GnuPG's lets the card go "
			  "with `gpgconf --kill scdaemon`");
		return fail_with(ERR_DEVICE_BUSY, "It is in %s.", reader);
	case (uint32_t)SCARD_W_RESET_CARD:
		return fail_with(ERR_DEVICE_BUSY,
		    "Another program reset the card in %s meanwhile.", reader);
	case (uint32_t)SCARD_E_NO_SERVICE:
	case (uint32_t)SCARD_E_SERVICE_STOPPED:
		fail_hint("the package pcscd has it");
		return fail_with(ERR_DEVICE_MISSING,
		    "The smart card service pcscd does not run.");
	case (uint32_t)SCARD_E_NO_SMARTCARD:
	case (uint32_t)SCARD_E_UNKNOWN_READER:
		return fail_with(ERR_DEVICE_MISSING, "No card is in %s.",
		    reader);
	default:
		return fail_with(ERR_DEVICE_GONE, "%s (PC/SC 0x%08x)", reader,
		    (unsigned)(uint32_t)e);
	}
}

static enum err
establish(void)
{
	LONG e;

	if (context.there)
		return OK;
	if (!load()) {
		fail_hint("install the packages libpcsclite1 and pcscd");
		return fail_with(ERR_KEY_LIBRARY,
		    "It is " LIBRARY ", of the package libpcsclite1.");
	}
	e = lib.establish(SCARD_SCOPE_SYSTEM, NULL, NULL, &context.handle);
	if (e != SCARD_S_SUCCESS)
		return failed(e, "PC/SC");
	context.there = true;
	return OK;
}

enum err
pcsc_readers(const char **name, size_t *n)
{
	char *text = mem_new(NAMES_MAX + 1);
	DWORD size = NAMES_MAX;
	LONG e;

	*n = 0;
	TRY(establish());
	e = lib.list_readers(context.handle, NULL, text, &size);
	if (e == SCARD_E_NO_READERS_AVAILABLE)
		return OK;
	if (e != SCARD_S_SUCCESS)
		return failed(e, "PC/SC");
	for (char *p = text; *p != '\0' && *n < PCSC_READERS;
	     p += strlen(p) + 1)
		name[(*n)++] = p;
	return OK;
}

/* A card that another program has reset says so to whoever comes next. */
static LONG
begin(struct pcsc *p)
{
	LONG e = lib.begin(p->handle);

	if (e != SCARD_W_RESET_CARD)
		return e;
	e = lib.reconnect(p->handle, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
	    &p->protocol);
	return e == SCARD_S_SUCCESS ? lib.begin(p->handle) : e;
}

enum err
pcsc_open(const char *reader, struct pcsc **out)
{
	struct pcsc *p = mem_new(sizeof *p);
	LONG e;

	*out = NULL;
	TRY(establish());
	p->reader = reader;
	e = lib.connect(context.handle, reader, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &p->handle, &p->protocol);
	if (e != SCARD_S_SUCCESS)
		return failed(e, reader);
	e = begin(p);
	if (e != SCARD_S_SUCCESS) {
		(void)lib.disconnect(p->handle, SCARD_LEAVE_CARD);
		return failed(e, reader);
	}
	*out = p;
	return OK;
}

void
pcsc_close(struct pcsc *p)
{
	if (p == NULL)
		return;
	(void)lib.end(p->handle, SCARD_RESET_CARD);
	(void)lib.disconnect(p->handle, SCARD_RESET_CARD);
}

enum err
pcsc_transmit(void *ctx, struct span command, struct out *answer)
{
	const struct pcsc *p = ctx;
	const SCARD_IO_REQUEST pci = { p->protocol, sizeof pci };
	DWORD n = answer->cap - answer->n;
	LONG e = lib.transmit(p->handle, &pci, command.p, command.n, NULL,
	    answer->p + answer->n, &n);

	if (e != SCARD_S_SUCCESS)
		return failed(e, p->reader);
	if (n > answer->cap - answer->n)
		return fail_with(ERR_DEVICE_GONE, "%s", p->reader);
	answer->n += n;
	return OK;
}
