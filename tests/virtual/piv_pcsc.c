/* SPDX-License-Identifier: ISC */
/*
 * A drop-in libpcsclite.so.1 whose readers hold virtual cards, in the process
 * that loads it: no daemon, no root, and tests may run side by side, each with
 * its own VPIV_DIR (piv_env.h).
 */
#include <sys/file.h>

#include <fcntl.h>
#include <reader.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <winscard.h>

#include "piv_card.h"
#include "piv_env.h"

#define API __attribute__((visibility("default")))
#define CONTEXT 0x5649
#define CONNECTIONS 16
#define NAME_MAX_SIZE 64
#define ATR \
	"\x3b\xfd\x13\x00\x00\x81\x31\xfe\x15\x80\x73\xc0\x21\xc0\x57\x59" \
	"\x75\x62\x69\x4b\x65\x79\x40"
#define ATR_SIZE (sizeof ATR - 1)

API const SCARD_IO_REQUEST g_rgSCardT0Pci = { SCARD_PROTOCOL_T0,
	sizeof(SCARD_IO_REQUEST) };
API const SCARD_IO_REQUEST g_rgSCardT1Pci = { SCARD_PROTOCOL_T1,
	sizeof(SCARD_IO_REQUEST) };
API const SCARD_IO_REQUEST g_rgSCardRawPci = { SCARD_PROTOCOL_RAW,
	sizeof(SCARD_IO_REQUEST) };

static struct connection {
	bool open;
	size_t reader;
	enum piv_env_kind kind;
	int lock; /* of the transaction, or -1 */
	struct piv_card card;
} connection[CONNECTIONS];

static long commands; /* sent by this process, for unplug:N and reset:N */

static bool
unplugged(void)
{
	long n;

	return piv_env_fault("unplug", &n) && commands >= n;
}

static size_t
readers(struct piv_env_reader r[PIV_ENV_READERS])
{
	return unplugged() ? 0 : piv_env_readers(r);
}

static void
name_of(const struct piv_env_reader *r, size_t i, char name[NAME_MAX_SIZE])
{
	(void)snprintf(name, NAME_MAX_SIZE, "%s %02zu 00",
	    r->kind == PIV_ENV_YUBIKEY ? "Yubico YubiKey OTP+FIDO+CCID"
				       : "Virtual Reader",
	    i);
}

static bool
find_reader(const char *name, struct piv_env_reader *r, size_t *i)
{
	struct piv_env_reader all[PIV_ENV_READERS];
	size_t n = readers(all);
	char text[NAME_MAX_SIZE];

	for (*i = 0; *i < n; (*i)++) {
		name_of(&all[*i], *i, text);
		if (strcmp(text, name) == 0) {
			*r = all[*i];
			return true;
		}
	}
	return false;
}

static struct connection *
connection_of(SCARDHANDLE h)
{
	if (h < 1 || h > CONNECTIONS || !connection[h - 1].open)
		return NULL;
	return &connection[h - 1];
}

/* Bytes to a caller who gives a buffer, asks for one, or for its size. */
static LONG
give(const char *p, DWORD n, LPSTR to, LPDWORD size)
{
	char *copy;

	if (to != NULL && *size == SCARD_AUTOALLOCATE) {
		copy = malloc(n);
		if (copy == NULL)
			return SCARD_E_NO_MEMORY;
		memcpy(copy, p, n);
		memcpy(to, &copy, sizeof copy);
	} else if (to != NULL && *size < n) {
		*size = n;
		return SCARD_E_INSUFFICIENT_BUFFER;
	} else if (to != NULL) {
		memcpy(to, p, n);
	}
	*size = n;
	return SCARD_S_SUCCESS;
}

API LONG
SCardEstablishContext(DWORD scope, LPCVOID a, LPCVOID b, LPSCARDCONTEXT ctx)
{
	(void)scope, (void)a, (void)b;
	if (piv_env_fault("no-service", NULL))
		return SCARD_E_NO_SERVICE;
	*ctx = CONTEXT;
	return SCARD_S_SUCCESS;
}

API LONG
SCardReleaseContext(SCARDCONTEXT ctx)
{
	(void)ctx;
	return SCARD_S_SUCCESS;
}

API LONG
SCardIsValidContext(SCARDCONTEXT ctx)
{
	return ctx == CONTEXT ? SCARD_S_SUCCESS : SCARD_E_INVALID_HANDLE;
}

API LONG
SCardListReaders(SCARDCONTEXT ctx, LPCSTR groups, LPSTR names, LPDWORD size)
{
	struct piv_env_reader all[PIV_ENV_READERS];
	size_t n = readers(all), at = 0;
	char text[PIV_ENV_READERS * NAME_MAX_SIZE + 1];

	(void)ctx, (void)groups;
	if (n == 0)
		return SCARD_E_NO_READERS_AVAILABLE;
	for (size_t i = 0; i < n; i++) {
		name_of(&all[i], i, text + at);
		at += strlen(text + at) + 1;
	}
	text[at++] = '\0';
	return give(text, at, names, size);
}

API LONG
SCardListReaderGroups(SCARDCONTEXT ctx, LPSTR groups, LPDWORD size)
{
	(void)ctx;
	return give("SCard$DefaultReaders\0", 22, groups, size);
}

API LONG
SCardFreeMemory(SCARDCONTEXT ctx, LPCVOID p)
{
	(void)ctx;
	free((void *)(uintptr_t)p);
	return SCARD_S_SUCCESS;
}

API LONG
SCardConnect(SCARDCONTEXT ctx, LPCSTR name, DWORD mode, DWORD protocols,
    LPSCARDHANDLE h, LPDWORD protocol)
{
	struct piv_env_reader r;
	size_t reader, i = 0;
	long busy;

	(void)ctx, (void)mode, (void)protocols;
	if (!find_reader(name, &r, &reader))
		return SCARD_E_UNKNOWN_READER;
	if (r.kind == PIV_ENV_EMPTY)
		return SCARD_E_NO_SMARTCARD;
	if (piv_env_fault("busy", &busy) &&
	    (busy == 0 || busy == (long)r.serial))
		return SCARD_E_SHARING_VIOLATION;
	while (i < CONNECTIONS && connection[i].open)
		i++;
	if (i == CONNECTIONS)
		return SCARD_E_NO_MEMORY;
	memset(&connection[i], 0, sizeof connection[i]);
	connection[i].open = true;
	connection[i].reader = reader;
	connection[i].kind = r.kind;
	connection[i].lock = -1;
	connection[i].card.nv.serial = r.serial;
	memcpy(connection[i].card.nv.firmware, r.firmware, 3);
	*h = (SCARDHANDLE)(i + 1);
	*protocol = SCARD_PROTOCOL_T1;
	return SCARD_S_SUCCESS;
}

API LONG
SCardReconnect(SCARDHANDLE h, DWORD mode, DWORD protocols, DWORD action,
    LPDWORD protocol)
{
	struct connection *c = connection_of(h);

	(void)mode, (void)protocols;
	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (action != SCARD_LEAVE_CARD)
		piv_card_reset(&c->card);
	*protocol = SCARD_PROTOCOL_T1;
	return SCARD_S_SUCCESS;
}

/* A process that has the card twice would wait for itself. */
static bool
held_here(const struct connection *c)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (connection[i].open && connection[i].lock >= 0 &&
		    connection[i].reader == c->reader)
			return true;
	return false;
}

/* Other processes wait here, as they do for the daemon. */
API LONG
SCardBeginTransaction(SCARDHANDLE h)
{
	struct connection *c = connection_of(h);
	char name[40], path[512];

	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (unplugged())
		return SCARD_E_READER_UNAVAILABLE;
	if (held_here(c))
		return SCARD_S_SUCCESS;
	(void)snprintf(name, sizeof name, "%u.transaction",
	    (unsigned)c->card.nv.serial);
	c->lock = open(piv_env_path(path, sizeof path, name),
	    O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (c->lock < 0)
		return SCARD_F_INTERNAL_ERROR;
	return flock(c->lock, LOCK_EX) == 0 ? SCARD_S_SUCCESS
					    : SCARD_F_INTERNAL_ERROR;
}

API LONG
SCardEndTransaction(SCARDHANDLE h, DWORD action)
{
	struct connection *c = connection_of(h);

	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (c->lock >= 0)
		(void)close(c->lock);
	c->lock = -1;
	if (action == SCARD_RESET_CARD)
		piv_card_reset(&c->card);
	return SCARD_S_SUCCESS;
}

API LONG
SCardDisconnect(SCARDHANDLE h, DWORD action)
{
	struct connection *c = connection_of(h);

	(void)action;
	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	(void)SCardEndTransaction(h, SCARD_LEAVE_CARD);
	explicit_bzero(c, sizeof *c);
	return SCARD_S_SUCCESS;
}

API LONG
SCardStatus(SCARDHANDLE h, LPSTR reader, LPDWORD reader_size, LPDWORD state,
    LPDWORD protocol, LPBYTE atr, LPDWORD atr_size)
{
	const struct connection *c = connection_of(h);
	char name[NAME_MAX_SIZE];
	LONG e;

	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (unplugged())
		return SCARD_E_READER_UNAVAILABLE;
	if (reader_size != NULL) {
		name_of(&(struct piv_env_reader){ .kind = c->kind }, c->reader,
		    name);
		e = give(name, strlen(name) + 1, reader, reader_size);
		if (e != SCARD_S_SUCCESS)
			return e;
	}
	if (state != NULL)
		*state = SCARD_PRESENT | SCARD_POWERED | SCARD_NEGOTIABLE;
	if (protocol != NULL)
		*protocol = SCARD_PROTOCOL_T1;
	if (atr_size == NULL)
		return SCARD_S_SUCCESS;
	return give(ATR, ATR_SIZE, (char *)atr, atr_size);
}

API LONG
SCardGetStatusChange(SCARDCONTEXT ctx, DWORD timeout, SCARD_READERSTATE *s,
    DWORD n)
{
	struct piv_env_reader r;
	size_t at;

	(void)ctx, (void)timeout;
	for (DWORD i = 0; i < n; i++) {
		s[i].cbAtr = 0;
		if (!find_reader(s[i].szReader, &r, &at)) {
			s[i].dwEventState =
			    SCARD_STATE_UNKNOWN | SCARD_STATE_CHANGED;
		} else if (r.kind == PIV_ENV_EMPTY) {
			s[i].dwEventState =
			    SCARD_STATE_EMPTY | SCARD_STATE_CHANGED;
		} else {
			s[i].dwEventState =
			    SCARD_STATE_PRESENT | SCARD_STATE_CHANGED;
			s[i].cbAtr = ATR_SIZE;
			memcpy(s[i].rgbAtr, ATR, ATR_SIZE);
		}
	}
	return SCARD_S_SUCCESS;
}

static void
note(const struct connection *c, LPCBYTE in, DWORD n, const struct out *o)
{
	piv_env_log("%u %02x%02x%02x%02x %lu bytes -> %zu bytes, %02x%02x\n",
	    (unsigned)c->card.nv.serial, in[0], n > 1 ? in[1] : 0,
	    n > 2 ? in[2] : 0, n > 3 ? in[3] : 0, n, o->n - 2, o->p[o->n - 2],
	    o->p[o->n - 1]);
}

API LONG
SCardTransmit(SCARDHANDLE h, const SCARD_IO_REQUEST *pci, LPCBYTE in, DWORD n,
    SCARD_IO_REQUEST *back, LPBYTE answer, LPDWORD size)
{
	struct connection *c = connection_of(h);
	uint8_t buf[4096 + 2];
	struct out o = out_of(buf, sizeof buf);
	long nth;

	(void)pci, (void)back;
	if (c == NULL)
		return SCARD_E_INVALID_HANDLE;
	if (unplugged())
		return SCARD_E_READER_UNAVAILABLE;
	if (n < 4)
		return SCARD_E_INVALID_PARAMETER;
	if (piv_env_fault("reset", &nth) && ++commands == nth) {
		piv_card_reset(&c->card);
		return SCARD_W_RESET_CARD;
	}
	if (piv_env_fault("unplug", NULL))
		commands++;
	if (c->kind == PIV_ENV_OTHER)
		out_put(&o, "\x6a\x82", 2);
	else
		piv_card_apdu(&c->card, span_of(in, n), &o);
	note(c, in, n, &o);
	if (*size < o.n)
		return SCARD_E_INSUFFICIENT_BUFFER;
	memcpy(answer, buf, o.n);
	*size = o.n;
	return SCARD_S_SUCCESS;
}

API LONG
SCardControl(SCARDHANDLE h, DWORD code, LPCVOID in, DWORD n, LPVOID out,
    DWORD max, LPDWORD size)
{
	(void)h, (void)code, (void)in, (void)n, (void)out, (void)max;
	*size = 0;
	return SCARD_S_SUCCESS;
}

API LONG
SCardGetAttrib(SCARDHANDLE h, DWORD id, LPBYTE v, LPDWORD size)
{
	(void)h;
	if (id != SCARD_ATTR_ATR_STRING)
		return SCARD_E_UNSUPPORTED_FEATURE;
	return give(ATR, ATR_SIZE, (char *)v, size);
}

API LONG
SCardSetAttrib(SCARDHANDLE h, DWORD id, LPCBYTE v, DWORD n)
{
	(void)h, (void)id, (void)v, (void)n;
	return SCARD_E_UNSUPPORTED_FEATURE;
}

API LONG
SCardCancel(SCARDCONTEXT ctx)
{
	(void)ctx;
	return SCARD_S_SUCCESS;
}

API const char *
pcsc_stringify_error(const LONG e)
{
	static char text[32];

	(void)snprintf(text, sizeof text, "virtual card: 0x%08lx",
	    (unsigned long)e);
	return text;
}
