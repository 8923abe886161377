/* SPDX-License-Identifier: ISC */
#ifndef EIF_H
#define EIF_H

#include "chain/err.h"
#include "chain/span.h"

/*
 * The enclave image format of AWS Nitro, versions 2 to 4: a header, then
 * sections of a head and data each.  All numbers are big-endian.  Readers in
 * use differ in what they follow, the header's table or the sections' heads;
 * here a file passes only where every reader sees the same.  No files and no
 * memory of its own: whoever reads the bytes asks before each section.
 */
#define EIF_HEADER 548U
#define EIF_HEADER_CRC 544U /* where the checksum stands, the last field */
#define EIF_SECTION_HEAD 12U
#define EIF_SECTIONS 32U
#define EIF_CMDLINE_MAX 4096U
#define EIF_SIGNATURE_MAX 32768U
#define EIF_METADATA_MAX 262144U

enum eif_type {
	EIF_KERNEL = 1,
	EIF_CMDLINE,
	EIF_RAMDISK,
	EIF_SIGNATURE, /* from version 3 */
	EIF_METADATA   /* JSON, in version 4 and not before; not measured */
};

struct eif_section {
	enum eif_type type;
	uint64_t offset, size; /* of the data, in the file */
};

struct eif {
	uint16_t version;
	bool arm64; /* else x86_64 */
	uint64_t memory, cpus;
	unsigned sections; /* as the header says */
	uint32_t crc;
	uint64_t head_offset[EIF_SECTIONS], head_size[EIF_SECTIONS];
	/* what was read so far */
	unsigned n, ramdisks;
	uint64_t position; /* of the next head */
	struct eif_section section[EIF_SECTIONS];
};

/* "kernel": a constant string. */
const char *eif_type_name(enum eif_type t);

/* Reads the EIF_HEADER bytes of a header.  ERR_EIF_MAGIC, _VERSION, _FLAGS,
 * _RESERVED, _COUNT. */
MUST_USE enum err eif_begin(struct eif *e, const uint8_t *header);

/* Reads the head of the next section, of which there is one while n is less
 * than sections, into section[n++].  ERR_EIF_SECTION_*, _OFFSET, _SIZE,
 * _RESIGNED, _*_TWICE, _RAMDISK_EARLY, _*_LARGE, _CMDLINE_BAD, _TRUNCATED (a
 * size that no file has). */
MUST_USE enum err eif_next(struct eif *e, const uint8_t *head);

/* After the last section: what stands behind it, up to EIF_SECTION_HEAD
 * bytes of it.  ERR_EIF_COUNT where that is a further section, ERR_EIF_TRAILING
 * where it is something else; ERR_EIF_*_MISSING. */
MUST_USE enum err eif_end(const struct eif *e, struct span behind);

/* The bytes of a header, the checksum left 0, from version, arm64, memory,
 * cpus and section[0..n). */
void eif_header(const struct eif *e, uint8_t *header);
void eif_section_head(const struct eif_section *s, uint8_t *head);

#endif
