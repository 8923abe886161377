/* SPDX-License-Identifier: ISC */
#ifndef VALUE_H
#define VALUE_H

#include "command.h"

/* Values of options, read.  All: ERR_USAGE with the option's name; an option
 * that was not given leaves *v as it was. */

/* "72h", "1d12h" (definition/duration.h), and the same in ISO 8601: "PT72H",
 * "P3D".  Years and months have no fixed length and are refused. */
MUST_USE enum err value_duration(const struct cli *c, const char *name,
    uint64_t *ms);
/* RFC 3339. */
MUST_USE enum err value_time(const struct cli *c, const char *name,
    uint64_t *ms);
MUST_USE enum err value_uint(const struct cli *c, const char *name,
    uint64_t min, uint64_t max, uint64_t *v);
/* "0,1,2,8" as bits; rising is not asked for. */
MUST_USE enum err value_pcr_list(const struct cli *c, const char *name,
    uint32_t *mask);
/* Text, or @FILE. */
MUST_USE enum err value_text(const struct cli *c, const char *name,
    struct span *v);

/* The duration itself.  ERR_TIME_RANGE. */
MUST_USE enum err value_duration_parse(const char *text, uint64_t *ms);

/* "3d"; "2026-11-23 12:00:41 UTC".  For people; they live as long as the
 * command. */
const char *value_duration_text(uint64_t ms);
const char *value_time_text(uint64_t ms);

/* The clock, Unix ms. */
uint64_t value_now(void);

#endif
