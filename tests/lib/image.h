/* SPDX-License-Identifier: ISC */
#ifndef IMAGE_H
#define IMAGE_H

#include "image/eif.h"
#include "image/registers.h"

/*
 * Enclave images for tests, put together without the code under test: as they
 * should be, or wrong in exactly the way that is asked for.
 */
#define IMAGE_MAX ((size_t)512 * 1024)

struct image_section {
	unsigned type, flags;
	struct span data;
};

struct image {
	unsigned version, flags, reserved, unused;
	size_t n;
	struct image_section section[40];
	/* What is written instead of the truth: */
	int count;          /* added to the number of sections */
	int shift, resize;  /* added to the table's offset and size ... */
	size_t at;          /* ... of this section */
	int table_beyond;   /* written behind the table's last entry */
	uint32_t crc_flip;  /* xor'ed into the checksum */
	struct span behind; /* bytes after the last section, in the checksum */
	const char *magic;  /* or NULL */
};

/* Version 4: kernel, command line, metadata, two ramdisks. */
struct image image_plain(void);

/* The bytes, into buf of IMAGE_MAX. */
struct span image_bytes(const struct image *i, uint8_t *buf);

/* The registers, by the book. */
void image_registers(const struct image *i, struct registers *r);

enum image_curve { IMAGE_P256, IMAGE_P384, IMAGE_P521 };

/* A signature section over an index and a value.  cert_curve: of the
 * certificate's key; alg: which the header names; flip: spoil the signature;
 * elements: how many of the same.  buf of EIF_SIGNATURE_MAX. */
struct image_signature {
	enum image_curve cert_curve, alg;
	unsigned index;
	const uint8_t *value; /* 48 bytes */
	bool flip;
	unsigned elements;
};
struct span image_sign(const struct image_signature *s, uint8_t *buf);

/* The DER of the certificate that the last image_sign made. */
struct span image_certificate(void);
/* PEM of its key and of itself. */
struct span image_key_pem(void);
struct span image_certificate_pem(void);

#endif
