/* SPDX-License-Identifier: ISC */
#ifndef DEFINITION_H
#define DEFINITION_H

#include "shape.h"

/*
 * What an enclave is.  People write it as YAML or JSON; it is checked by one
 * table (openapi/definition.schema.json is that table as JSON Schema); a
 * release names it by the SHA-256 of its deterministic CBOR form.
 */
#define DEFINITION_SOURCE_MAX ((size_t)64 * 1024) /* bytes of YAML or JSON */
#define DEFINITION_MAX ((size_t)48 * 1024)        /* bytes of CBOR */

/* Reads YAML 1.2 (core schema, JSON being a subset of it) or JSON, and checks
 * it.  *j is the caller's.  Anchors, aliases, tags, several documents,
 * duplicate keys, keys that are not text, floats and what is deeper than
 * SHAPE_DEPTH are refused.
 * ERR_DEFINITION_BAD with faults, ERR_TOO_LARGE, ERR_OUT_OF_MEMORY. */
MUST_USE enum err definition_yaml(struct span text, json_t **j,
    struct shape_faults *f);
MUST_USE enum err definition_json(struct span text, json_t **j,
    struct shape_faults *f);

/* Checks a value that came another way (inside a request).
 * ERR_DEFINITION_BAD with faults. */
MUST_USE enum err definition_check(const json_t *j, struct shape_faults *f);

/* A checked definition, with the file that it was made from, is at most
 * DEFINITION_MAX bytes in canonical form.  ERR_DEFINITION_BAD with a fault,
 * ERR_OUT_OF_MEMORY. */
MUST_USE enum err definition_fits(const json_t *j, struct shape_faults *f);

/* The deterministic CBOR of a checked definition into o, and its SHA-256,
 * which a release carries as `definition`; sha256 may be NULL.
 * ERR_NO_SPACE, ERR_DEFINITION_BAD for what has no such form. */
MUST_USE enum err definition_canonical(const json_t *j, struct out *o,
    struct h32 *sha256);

/* The reverse, for views: strict.  *j is the caller's.
 * ERR_CBOR_*, ERR_OUT_OF_MEMORY. */
MUST_USE enum err definition_from_canonical(struct span cbor, json_t **j);

/* What changed: [{"pointer","change":"added"|"removed"|"changed","old"?,
 * "new"?,"text"}], text being a sentence.  NULL when there is no memory. */
json_t *definition_diff(const json_t *old, const json_t *new);

/* The table, and the same as JSON Schema (NULL when there is no memory). */
extern const struct shape definition_shape;
json_t *definition_schema(void);

#endif
