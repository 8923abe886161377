/* SPDX-License-Identifier: ISC */
#ifndef DER_H
#define DER_H

#include "span.h"

/*
 * A strict reader for DER (X.690): definite lengths in their shortest form,
 * low tag numbers, values up to 65535 bytes.  *in is the cursor: what was read
 * is stepped over.  False on anything else; give the whole value up then.
 */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0,
	DER_CONTEXT_3 = 0xa3
};

/* The next value has this tag. */
bool der_peek(const struct span *in, enum der_tag tag);

/* The contents of the next value. */
MUST_USE bool der_next(struct span *in, enum der_tag tag, struct span *body);

/* The next value with its tag and length. */
MUST_USE bool der_raw(struct span *in, enum der_tag tag, struct span *raw);

/* An INTEGER that is not negative and in its shortest form; v are its bytes
 * without leading zeros, none for zero. */
MUST_USE bool der_uint(struct span *in, struct span *v);

/* An OBJECT IDENTIFIER, its contents in their shortest form. */
MUST_USE bool der_oid(struct span *in, struct span *v);

/* A BOOLEAN DEFAULT FALSE: absent is false, only 0xff is true, and a false
 * that is written out is refused. */
MUST_USE bool der_true(struct span *in, bool *v);

#endif
