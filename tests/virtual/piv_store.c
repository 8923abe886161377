/* SPDX-License-Identifier: ISC */
#include "piv_store.h"

#include <sys/file.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "piv_env.h"
#include "piv_maker.h"

#define MAGIC "VPIV0002"
#define TRIES 3
#define MGM_DEFAULT 24 /* bytes: 01..08 three times */

static int lock_fd = -1;

static const char *
path_of(const struct piv_card *c, char buf[512])
{
	char name[32];

	(void)snprintf(name, sizeof name, "%u.card", (unsigned)c->nv.serial);
	return piv_env_path(buf, 512, name);
}

void
piv_store_factory_pins(struct piv_nv *nv)
{
	memcpy(nv->pin, "123456\xff\xff", 8);
	memcpy(nv->puk, "12345678", 8);
	nv->pin_tries = nv->pin_left = nv->puk_tries = nv->puk_left = TRIES;
}

bool
piv_store_mgm_is_default(const struct piv_nv *nv)
{
	for (size_t i = 0; i < MGM_DEFAULT; i++)
		if (nv->mgm[i] != 1 + i % 8)
			return false;
	return nv->mgm_alg == PIV_3DES || nv->mgm_alg == PIV_AES192;
}

static void
factory_mgm(struct piv_nv *nv)
{
	bool aes = nv->firmware[0] > 5 ||
		   (nv->firmware[0] == 5 && nv->firmware[1] >= 7);

	nv->mgm_alg = aes ? PIV_AES192 : PIV_3DES;
	nv->mgm_touch = PIV_TOUCH_NEVER;
	memset(nv->mgm, 0, sizeof nv->mgm);
	for (size_t i = 0; i < MGM_DEFAULT; i++)
		nv->mgm[i] = (uint8_t)(1 + i % 8);
}

void
piv_store_wipe(struct piv_nv *nv)
{
	for (size_t i = 0; i < PIV_SLOTS; i++)
		if (nv->slot[i].id != PIV_ATTESTATION)
			memset(&nv->slot[i], 0, sizeof nv->slot[i]);
	for (size_t i = 0; i < PIV_OBJECTS; i++)
		if (nv->object[i].tag != PIV_F9_OBJECT)
			memset(&nv->object[i], 0, sizeof nv->object[i]);
	piv_store_factory_pins(nv);
	factory_mgm(nv);
}

struct piv_slot *
piv_store_slot(struct piv_nv *nv, uint8_t id, bool make)
{
	for (size_t i = 0; i < PIV_SLOTS; i++)
		if (nv->slot[i].id == id)
			return &nv->slot[i];
	for (size_t i = 0; make && i < PIV_SLOTS; i++)
		if (nv->slot[i].id == 0) {
			nv->slot[i].id = id;
			return &nv->slot[i];
		}
	return NULL;
}

struct piv_object *
piv_store_object(struct piv_nv *nv, uint32_t tag, bool make)
{
	for (size_t i = 0; i < PIV_OBJECTS; i++)
		if (nv->object[i].tag == tag)
			return &nv->object[i];
	for (size_t i = 0; make && i < PIV_OBJECTS; i++)
		if (nv->object[i].tag == 0) {
			nv->object[i].tag = tag;
			return &nv->object[i];
		}
	return NULL;
}

static bool
fresh(struct piv_card *c)
{
	struct piv_nv *nv = &c->nv;
	uint32_t serial = nv->serial;
	uint8_t firmware[3];

	memcpy(firmware, nv->firmware, sizeof firmware);
	memset(nv, 0, sizeof *nv);
	memcpy(nv->magic, MAGIC, sizeof nv->magic);
	memcpy(nv->firmware, firmware, sizeof firmware);
	nv->serial = serial;
	piv_store_factory_pins(nv);
	factory_mgm(nv);
	c->changed = true;
	return piv_maker_issue(c);
}

static bool
load(struct piv_card *c)
{
	char path[512];
	FILE *f = fopen(path_of(c, path), "rb");
	bool good;

	c->changed = false;
	if (f == NULL)
		return fresh(c);
	good = fread(&c->nv, sizeof c->nv, 1, f) == 1 &&
	       memcmp(c->nv.magic, MAGIC, sizeof c->nv.magic) == 0;
	(void)fclose(f);
	return good;
}

static void
save(const struct piv_card *c)
{
	char path[512], new[520];
	FILE *f;

	(void)snprintf(new, sizeof new, "%s.new", path_of(c, path));
	f = fopen(new, "wb");
	if (f == NULL)
		return;
	if (fwrite(&c->nv, sizeof c->nv, 1, f) == 1 && fflush(f) == 0)
		(void)rename(new, path);
	(void)fclose(f);
}

static void
unlock(void)
{
	(void)close(lock_fd);
	lock_fd = -1;
}

bool
piv_store_open(struct piv_card *c)
{
	char path[512];

	lock_fd = open(piv_env_path(path, sizeof path, "lock"),
	    O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock_fd < 0)
		return false;
	if (flock(lock_fd, LOCK_EX) == 0 && load(c))
		return true;
	unlock();
	return false;
}

void
piv_store_close(struct piv_card *c)
{
	if (c->changed)
		save(c);
	unlock();
}
