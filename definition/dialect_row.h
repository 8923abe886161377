/* SPDX-License-Identifier: ISC */
#ifndef DIALECT_ROW_H
#define DIALECT_ROW_H

#include "dialect.h"

/* How one format is read and written: a row for each, in its own file. */

enum dialect_syntax { DIALECT_YAML, DIALECT_JSON, DIALECT_TOML };

/* A member that means the same in both: places as JSON pointers. */
struct dialect_pair {
	const char *theirs, *ours;
};

struct dialect_reader;

struct dialect {
	const char *id;
	enum dialect_syntax syntax;
	bool (*detect)(const json_t *v, enum dialect_syntax syntax);
	const struct dialect_pair *pairs; /* ended by NULL */
	/* What it knows and a definition has no place for: kept as it is
	 * without a note.  Ended by NULL. */
	const char *const *kept;
	const char *name; /* the enclave's, where the file has none; or NULL */
	const char *name_at; /* its place; NULL: /name */
	/* Reads and writes what is not in pairs; write answers false without
	 * memory. */
	void (*read)(struct dialect_reader *r);
	bool (*write)(const json_t *d, json_t *v);
};

extern const struct dialect dialect_encl;
extern const struct dialect dialect_enclaver_0, dialect_enclaver_1,
    dialect_enclaver_2, dialect_enclaver_3, dialect_enclaver_4;
extern const struct dialect dialect_evervault_0, dialect_evervault_1;
extern const struct dialect dialect_enclavia_create, dialect_enclavia_egress;
extern const struct dialect dialect_chamber, dialect_chamber_config;
extern const struct dialect dialect_nitro_run;

/* A file that is being read. */
struct dialect_reader {
	const struct dialect *dialect;
	const json_t *source;
	json_t *rest;   /* of the source, what nobody took yet */
	json_t *d;      /* the definition */
	json_t *notes;  /* [{"pointer","text"}] */
	json_t *origin; /* {place in d: place in source} */
	struct shape_faults *faults;
	enum err e; /* the first error */
};

/* What stands at a place of the source, which is then done with; borrowed,
 * NULL when there is nothing. */
json_t *dialect_row_take(struct dialect_reader *r, const char *theirs);

/* Sets a member of the definition, and gives v away. */
void dialect_row_put(struct dialect_reader *r, const char *ours, json_t *v,
    const char *theirs);

/* Adds an item to a list of the definition, unless it is there; gives v
 * away. */
void dialect_row_add(struct dialect_reader *r, const char *ours, json_t *v,
    const char *theirs);

/* Adds an egress rule for a host pattern of ours, an address or a network;
 * port may be NULL for all.  Sets egress/default to deny where it is not
 * set. */
void dialect_row_rule(struct dialect_reader *r, const char *action,
    const char *target, const json_t *port, const char *theirs);

/* Says something about a place of the source; refuses it. */
void dialect_row_note(struct dialect_reader *r, const char *theirs,
    const char *text);
void dialect_row_refuse(struct dialect_reader *r, const char *theirs,
    const char *text);

/* What rule points at, as dialect_row_rule takes it; NULL for what is neither
 * a host nor a network. */
const char *dialect_row_target(const json_t *rule);

/* The action of rule is deny; its only port or NULL. */
bool dialect_row_denies(const json_t *rule);
const json_t *dialect_row_port(const json_t *rule);

/* s in lower case, of the caller's (free), or NULL. */
char *dialect_row_lower(const char *s);

#endif
