/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <stdlib.h>

#include "chain/walk.h"
#include "db_append.h"
#include "db_chain.h"
#include "db_entry.h"
#include "signer_call.h"
#include "system/clock.h"

#define FILE_MAX ((size_t)256 << 20)
#define ARENA_FIRST ((size_t)1 << 20)
#define ARENA_LIMIT ((size_t)64 << 20)

struct import {
	struct db *db;
	struct arena *arena;
	uint8_t *p; /* the file */
	size_t n;
	struct walk walk;
	struct entry entry;
	struct payload payload;
	struct db_chain row;
	struct state before;
	uint64_t added;
	struct db_append_buffer buffer;
};

static enum err
read_file(struct import *m, const char *name)
{
	FILE *f = fopen(name, "re");
	enum err e = OK;

	if (!f)
		return ERR_FILE_READ;
	m->p = malloc(FILE_MAX);
	if (!m->p)
		e = ERR_OUT_OF_MEMORY;
	else
		m->n = fread(m->p, 1, FILE_MAX, f);
	if (e == OK && (ferror(f) || m->n == FILE_MAX))
		e = ERR_TOO_LARGE;
	(void)fclose(f);
	return e;
}

static enum err
append_one(struct import *m)
{
	struct db_append c = { .chain = m->row.chain,
		.old_head = m->before.head,
		.head = m->walk.st.head,
		.next_seq = m->walk.st.next_seq,
		.phase = m->walk.st.phase,
		.entry_n = 1 };
	struct db_append_entry e;
	struct out o;
	uint64_t received;

	arena_reset(m->arena);
	o = arena_out(m->arena, STATE_ENCODED_MAX);
	state_encode(&o, &m->walk.st);
	if (o.full)
		return ERR_OUT_OF_MEMORY;
	c.state = out_span(&o);
	TRY(payload_decode(m->entry.payload, &m->payload));
	db_append_describe(&m->entry, &m->payload, &m->walk.st.stage_id, &e);
	e.request_id = "import";
	TRY(agenda_of(&m->walk.st, clock_unix_ms(), &c.agenda));
	TRY(db_append_run(m->db, &m->buffer, &c, 1, &e, &received));
	m->added++;
	return c.moved ? OK : ERR_HEAD_MOVED;
}

static enum err
take_entry(struct import *m, struct span item, bool write)
{
	m->before = m->walk.st;
	TRY(entry_decode(item, &m->entry));
	TRY(walk_feed(&m->walk, item));
	if (m->entry.seq + 1 == m->row.next_seq &&
	    !h32_eq(&m->entry.id, &m->row.head))
		return ERR_HEAD_MOVED;
	return write && m->entry.seq >= m->row.next_seq ? append_one(m) : OK;
}

/* Once to judge it, once more to write what is lacking. */
static enum err
go_through(struct import *m, const struct walk_opts *opts, bool write)
{
	struct span left = span_of(m->p, m->n), item;
	enum item kind, last = ITEM_STATEMENT;

	walk_init(&m->walk, opts);
	while (left.n) {
		TRY(entry_item(&left, &kind, &item));
		TRY(entry_order(&last, kind));
		if (kind == ITEM_ENTRY)
			TRY(take_entry(m, item, write));
	}
	return walk_end(&m->walk);
}

/* The first entry names the chain. */
static enum err
find_chain(struct import *m)
{
	struct span left = span_of(m->p, m->n), item;
	enum item kind;

	do
		TRY(left.n ? entry_item(&left, &kind, &item) : ERR_CHAIN_EMPTY);
	while (kind != ITEM_ENTRY);
	TRY(entry_decode(item, &m->entry));
	return db_chain_get(m->db, m->arena, &m->entry.chain, &m->row);
}

/* What the signer has seen is what the file says. */
static enum err
ask_signer(const struct settings *s, const struct import *m)
{
	struct protocol_request q = { .kind = PROTOCOL_CHECKPOINT,
		.name = span_str("import"),
		.chain = m->row.chain,
		.next = m->walk.st.next_seq,
		.head = m->walk.st.head };
	struct signer_call_answer a;
	struct signer_call *call;
	struct policy p;
	enum err e;

	if (s->signer_socket[0] == '\0')
		return OK;
	TRY(state_policy(&m->walk.st, &p));
	if (p.has_witnesses)
		q.name = p.log_name;
	TRY(signer_call_make(s->signer_socket, NULL, &call));
	e = signer_call_ask(call, &q, &a);
	signer_call_free(call);
	return e == ERR_SIGNER_BEHIND || e == ERR_SIGNER_REFUSED ? OK : e;
}

/* There is nothing in it that is not here, if it is of one history. */
static enum err
is_beginning(struct import *m)
{
	struct h32 *id;
	size_t n;

	TRY(db_entry_ids(m->db, m->arena, &m->row.chain,
	    m->walk.st.next_seq - 1, 1, &id, &n));
	return n == 1 && h32_eq(id, &m->walk.st.head) ? OK : ERR_HEAD_MOVED;
}

static enum err
import(struct import *m, const struct settings *s, struct walk_opts *opts)
{
	TRY(find_chain(m));
	opts->chain = &m->row.chain;
	TRY(go_through(m, opts, false));
	if (m->walk.st.next_seq < m->row.next_seq)
		return is_beginning(m);
	TRY(ask_signer(s, m));
	return go_through(m, opts, true);
}

static void
release(struct import *m)
{
	db_append_buffer_free(&m->buffer);
	db_close(m->db);
	arena_free(m->arena);
	free(m->p);
	free(m);
}

enum err
import_run(const struct settings *s, const struct h32 *root, size_t root_n,
    const char *file, FILE *out, char *why, size_t why_n)
{
	struct walk_opts opts = { .rules = { .root = root,
				      .root_n = root_n,
				      .level = LEVEL_PUBLIC } };
	struct import *m = calloc(1, sizeof *m);
	enum err e;

	if (!m)
		return ERR_OUT_OF_MEMORY;
	(void)snprintf(why, why_n, "%s", file);
	m->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	e = m->arena ? read_file(m, file) : ERR_OUT_OF_MEMORY;
	if (e == OK)
		e = db_append_open(s->database, &m->db);
	if (e == OK)
		e = import(m, s, &opts);
	if (e == OK)
		(void)fprintf(out, "%llu entries added, %llu in all\n",
		    (unsigned long long)m->added,
		    (unsigned long long)(m->row.next_seq + m->added));
	release(m);
	return e;
}
