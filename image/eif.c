/* SPDX-License-Identifier: ISC */
#include "eif.h"

static const uint8_t magic[4] = { '.', 'e', 'i', 'f' };

/* Where the fields of the header stand. */
#define AT_VERSION 4
#define AT_FLAGS 6
#define AT_MEMORY 8
#define AT_CPUS 16
#define AT_RESERVED 24
#define AT_SECTIONS 26
#define AT_OFFSET 28
#define AT_SIZE 284
#define AT_UNUSED 540

#define FLAG_ARM64 1U
#define POSITION_MAX (UINT64_MAX >> 1)

static uint64_t
get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static void
put(uint8_t *p, size_t n, uint64_t v)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

const char *
eif_type_name(enum eif_type t)
{
	switch (t) {
	case EIF_KERNEL:
		return "kernel";
	case EIF_CMDLINE:
		return "cmdline";
	case EIF_RAMDISK:
		return "ramdisk";
	case EIF_SIGNATURE:
		return "signature";
	case EIF_METADATA:
		return "metadata";
	}
	return "?";
}

static enum err
read_table(struct eif *e, const uint8_t *h)
{
	for (size_t i = 0; i < EIF_SECTIONS; i++) {
		e->head_offset[i] = get(h + AT_OFFSET + 8 * i, 8);
		e->head_size[i] = get(h + AT_SIZE + 8 * i, 8);
		if (i < e->sections
			? e->head_offset[i] == 0
			: e->head_offset[i] != 0 || e->head_size[i] != 0)
			return ERR_EIF_COUNT;
	}
	return OK;
}

enum err
eif_begin(struct eif *e, const uint8_t *h)
{
	uint64_t flags = get(h + AT_FLAGS, 2);

	memset(e, 0, sizeof *e);
	if (memcmp(h, magic, sizeof magic) != 0)
		return ERR_EIF_MAGIC;
	e->version = (uint16_t)get(h + AT_VERSION, 2);
	if (e->version < 2 || e->version > 4)
		return ERR_EIF_VERSION;
	if ((flags & ~(uint64_t)FLAG_ARM64) != 0)
		return ERR_EIF_FLAGS;
	e->arm64 = flags != 0;
	if (get(h + AT_RESERVED, 2) != 0 || get(h + AT_UNUSED, 4) != 0)
		return ERR_EIF_RESERVED;
	e->memory = get(h + AT_MEMORY, 8);
	e->cpus = get(h + AT_CPUS, 8);
	e->sections = (unsigned)get(h + AT_SECTIONS, 2);
	if (e->sections < 2 || e->sections > EIF_SECTIONS)
		return ERR_EIF_COUNT;
	e->crc = (uint32_t)get(h + EIF_HEADER_CRC, 4);
	e->position = EIF_HEADER;
	return read_table(e, h);
}

static bool
has(const struct eif *e, enum eif_type t)
{
	for (unsigned i = 0; i < e->n; i++)
		if (e->section[i].type == t)
			return true;
	return false;
}

/* May a section of this type and size stand here? */
static enum err
admit(const struct eif *e, enum eif_type t, uint64_t size)
{
	switch (t) {
	case EIF_KERNEL:
		if (has(e, t))
			return ERR_EIF_KERNEL_TWICE;
		return size == 0 ? ERR_EIF_SECTION_EMPTY : OK;
	case EIF_CMDLINE:
		if (has(e, t))
			return ERR_EIF_CMDLINE_TWICE;
		return size > EIF_CMDLINE_MAX ? ERR_EIF_CMDLINE_BAD : OK;
	case EIF_RAMDISK:
		if (!has(e, EIF_KERNEL))
			return ERR_EIF_RAMDISK_EARLY;
		return size == 0 ? ERR_EIF_SECTION_EMPTY : OK;
	case EIF_SIGNATURE:
		if (e->version < 3)
			return ERR_EIF_SECTION_VERSION;
		if (has(e, t))
			return ERR_EIF_SIGNATURE_TWICE;
		return size > EIF_SIGNATURE_MAX ? ERR_EIF_SIGNATURE_LARGE : OK;
	case EIF_METADATA:
		if (e->version < 4)
			return ERR_EIF_SECTION_VERSION;
		if (has(e, t))
			return ERR_EIF_METADATA_TWICE;
		return size > EIF_METADATA_MAX ? ERR_EIF_METADATA_LARGE : OK;
	}
	return ERR_EIF_SECTION_TYPE;
}

enum err
eif_next(struct eif *e, const uint8_t *head)
{
	uint64_t type = get(head, 2), size = get(head + 4, 8);
	unsigned i = e->n;
	bool last = i + 1 == e->sections;

	if (i >= e->sections)
		return ERR_EIF_COUNT;
	if (type < EIF_KERNEL || type > EIF_METADATA)
		return ERR_EIF_SECTION_TYPE;
	if (get(head + 2, 2) != 0)
		return ERR_EIF_SECTION_FLAGS;
	if (e->head_offset[i] != e->position)
		return ERR_EIF_OFFSET;
	if (e->head_size[i] != size)
		return type == EIF_SIGNATURE && last ? ERR_EIF_RESIGNED
						     : ERR_EIF_SIZE;
	if (size > POSITION_MAX - EIF_SECTION_HEAD - e->position)
		return ERR_EIF_TRUNCATED;
	TRY(admit(e, (enum eif_type)type, size));
	e->section[i].type = (enum eif_type)type;
	e->section[i].offset = e->position + EIF_SECTION_HEAD;
	e->section[i].size = size;
	e->position += EIF_SECTION_HEAD + size;
	e->ramdisks += type == EIF_RAMDISK;
	e->n++;
	return OK;
}

/* A reader that goes on to the end of the file would take this for one. */
static bool
is_section(struct span s)
{
	uint64_t type;

	if (s.n < EIF_SECTION_HEAD)
		return false;
	type = get(s.p, 2);
	return type >= EIF_KERNEL && type <= EIF_METADATA;
}

enum err
eif_end(const struct eif *e, struct span behind)
{
	if (behind.n > 0)
		return is_section(behind) ? ERR_EIF_COUNT : ERR_EIF_TRAILING;
	if (!has(e, EIF_KERNEL))
		return ERR_EIF_KERNEL_MISSING;
	if (!has(e, EIF_CMDLINE))
		return ERR_EIF_CMDLINE_MISSING;
	if (!has(e, EIF_RAMDISK))
		return ERR_EIF_RAMDISK_MISSING;
	if (e->version >= 4 && !has(e, EIF_METADATA))
		return ERR_EIF_METADATA_MISSING;
	return OK;
}

void
eif_header(const struct eif *e, uint8_t *h)
{
	memset(h, 0, EIF_HEADER);
	memcpy(h, magic, sizeof magic);
	put(h + AT_VERSION, 2, e->version);
	put(h + AT_FLAGS, 2, e->arm64 ? FLAG_ARM64 : 0);
	put(h + AT_MEMORY, 8, e->memory);
	put(h + AT_CPUS, 8, e->cpus);
	put(h + AT_SECTIONS, 2, e->n);
	for (unsigned i = 0; i < e->n; i++) {
		put(h + AT_OFFSET + (size_t)8 * i, 8,
		    e->section[i].offset - EIF_SECTION_HEAD);
		put(h + AT_SIZE + (size_t)8 * i, 8, e->section[i].size);
	}
}

void
eif_section_head(const struct eif_section *s, uint8_t *head)
{
	put(head, 2, (uint64_t)s->type);
	put(head + 2, 2, 0);
	put(head + 4, 8, s->size);
}
