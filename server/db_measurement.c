/* SPDX-License-Identifier: ISC */
#include "db_measurement.h"

#include "db_int.h"

enum { LIST };
static const struct db_statement rows[] = {
	[LIST] = { "measurement_list",
	    "SELECT m.chain::bytea, m.stage::bytea, m.seq, e.bytes, c.state"
	    " FROM measurement m JOIN chain c ON c.chain = m.chain"
	    " JOIN entry e ON e.chain = m.chain AND e.seq = m.seq"
	    " WHERE m.pcr0 = $2::bytea AND (NOT c.private OR c.org = $1::int8)"
	    " AND (m.chain, m.seq) > ($3::bytea, $4::int8)"
	    " ORDER BY m.chain, m.seq LIMIT $5::int8",
	    5, true },
};
const struct db_statements db_measurement_statements = DB_STATEMENTS(rows);

enum err
db_measurement_list(struct db *db, struct arena *a, int64_t org,
    const uint8_t pcr0[PCR_SIZE], const struct h32 *after_chain,
    uint64_t after_seq, size_t limit, struct db_measurement **m, size_t *n)
{
	struct db_args p = { 0 };
	DB_RESULT r = NULL;

	db_arg_i64(&p, org);
	db_arg_bytes(&p, span_of(pcr0, PCR_SIZE));
	db_arg_bytes(&p,
	    after_chain ? h32_span(after_chain) : span_of(NULL, 0));
	db_arg_i64(&p, (int64_t)after_seq);
	db_arg_i64(&p, (int64_t)limit);
	TRY(db_exec(db, &rows[LIST], &p, &r));
	*n = db_get_rows(r);
	TRY(DB_NEW(a, *n, m));
	for (size_t i = 0; i < *n; i++) {
		struct db_measurement *y = &(*m)[i];

		TRY(db_get_h32(r, i, 0, &y->chain));
		TRY(db_get_h32(r, i, 1, &y->stage));
		y->seq = (uint64_t)db_get_i64(r, i, 2);
		TRY(db_get_copy(a, r, i, 3, &y->entry));
		TRY(db_get_copy(a, r, i, 4, &y->state));
	}
	return OK;
}
