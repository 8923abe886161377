/* SPDX-License-Identifier: ISC */
#include "chain_report.h"

#include "evidence_say.h"
#include "lines.h"
#include "mem.h"
#include "out.h"
#include "pubkey.h"
#include "root.h"
#include "value.h"
#include "view/put.h"
#include "view/view.h"
#include "witness_report.h"
#include "words.h"

static const char *
level_name(enum level l)
{
	static const char *const name[] = { [LEVEL_SIGNED] = "signed",
		[LEVEL_ATTESTED] = "attested",
		[LEVEL_PUBLIC] = "public",
		[LEVEL_FRESH] = "fresh" };

	return name[l];
}

/* The chain itself is sound; a dispute is about what it says. */
static bool
is_sound(const struct chain_verify_result *r)
{
	return r->err == OK || r->err == ERR_DISPUTED;
}

static const char *
verdict(const struct chain_verify_result *r)
{
	if (!is_sound(r))
		return "failed";
	return r->disputed ? "disputed" : r->held ? "held" : "ok";
}

/* What a reader might believe and must not. */
#define LIMITS 8
static size_t
limits_public(const struct chain_verify_result *r, const char *text[LIMITS],
    size_t n)
{
	struct policy *p = mem_new(sizeof *p);
	bool witnessed = state_policy(r->st, p) == OK && p->has_witnesses;

	if (r->level >= LEVEL_PUBLIC) {
		text[n++] = mem_printf(
		    "that witnesses are honest: %llu of them together with the "
		    "log could show one history here and another one there",
		    (unsigned long long)p->witness_threshold);
		text[n++] = "that windows ran in the open before the policy "
			    "named witnesses";
	} else {
		text[n++] = "that the windows ran in the open: hardware time "
			    "says that they ran, not that anybody could look";
	}
	if (witnessed && r->level < LEVEL_PUBLIC)
		text[n++] = "that witnesses have signed: the checkpoints were "
			    "compared, their signatures were not verified";
	return n;
}

static size_t
limits(const struct chain_verify_result *r, const char *text[LIMITS])
{
	size_t n = 0;

	if (!r->pinned) {
		text[n++] =
		    "whose chain this is: no id was pinned, and anybody "
		    "can make a chain that verifies";
	}
	if (r->level == LEVEL_SIGNED) {
		text[n++] = "anything about running code or about time: "
			    "attestation documents were read and not verified";
		return n;
	}
	n = limits_public(r, text, n);
	if (r->witnessed > 0) {
		text[n++] =
		    mem_printf("that nothing came after %s, when witnesses "
			       "vouched for its newest entry",
			value_time_text(r->witnessed));
	} else if (!r->pin_seen) {
		text[n++] = "that this is the newest history: entries at its "
			    "end, a revocation included, can have been kept "
			    "back";
	} else {
		text[n++] = "that nothing came after its newest entry";
	}
	text[n++] = "on whose machine the code runs";
	if (r->left_out > 0) {
		text[n++] = "what the last of the revocations in the file say: "
			    "there were too many to hear";
	}
	return n;
}

static json_t *
limits_json(const struct chain_verify_result *r)
{
	const char *text[LIMITS];
	size_t n = limits(r, text);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		put_item(&list, json_string(text[i]));
	return list;
}

/* The keys of the policy in force, and where each lives as far as the file
 * shows.  policy is where they are decoded to. */
static size_t
keys_of(const struct chain_verify_result *r, struct policy *policy,
    struct hardware_key key[HARDWARE_KEYS])
{
	if (state_policy(r->st, policy) != OK)
		return 0;
	return hardware_keys(policy, key);
}

static json_t *
keys_json(const struct chain_verify_result *r)
{
	struct policy *policy = mem_new(sizeof *policy);
	struct hardware_key key[HARDWARE_KEYS];
	size_t n = keys_of(r, policy, key);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct hardware *h = &r->hardware->of[i];
		json_t *o = view_key(key[i].key);

		put_member(&o, "role", json_string(key[i].role));
		put_member(&o, "hardware",
		    h->kind != HARDWARE_NONE ? view_hardware(h) : json_null());
		put_item(&list, o);
	}
	return list;
}

static void
put_sound(json_t **o, const struct chain_verify_result *r, uint64_t now)
{
	const struct state *st = r->st;

	put_member(o, "chain", view_bytes_h32(&st->chain));
	put_member(o, "label",
	    view_bytes_text(span_of(st->label, st->label_n)));
	put_member(o, "root", view_bytes_h32(&st->root));
	put_member(o, "head", view_bytes_h32(&st->head));
	put_member(o, "entries", json_integer((json_int_t)r->entries));
	put_member(o, "upgrades", json_integer((json_int_t)st->upgrades));
	put_member(o, "in_force", view_state_in_force(st));
	put_member(o, "pending", view_state_pending(st, r->held, now));
	put_member(o, "documents", json_integer((json_int_t)r->documents));
	put_member(o, "signatures", json_integer((json_int_t)r->signatures));
	put_member(o, "keys", keys_json(r));
	put_member(o, "witnesses",
	    witness_report_json(st, r->checkpoint, r->tip, r->witnessed));
	put_member(o, "not_shown", limits_json(r));
}

static void
put_unsound(json_t **o)
{
	static const char *const names[] = { "chain", "label", "root", "head",
		"entries", "upgrades", "in_force", "pending", "documents",
		"signatures", "keys", "witnesses", "not_shown" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		put_member(o, names[i], json_null());
}

json_t *
chain_report_json(const struct chain_verify_result *r, uint64_t now)
{
	json_t *o = json_object();
	bool sound = is_sound(r);

	put_member(&o, "schema", json_string("encl.chain.verify/1"));
	put_member(&o, "verdict", json_string(verdict(r)));
	put_member(&o, "code", json_string(err_code(r->err)));
	put_member(&o, "message", json_string(err_sentence(r->err)));
	put_member(&o, "failed_at",
	    r->failed_at >= 0 ? json_integer(r->failed_at) : json_null());
	put_member(&o, "failed_kind",
	    r->failed_kind ? json_string(r->failed_kind) : json_null());
	put_member(&o, "level", json_string(level_name(r->level)));
	put_member(&o, "pinned", json_boolean(sound && r->pinned));
	put_member(&o, "remembered", json_boolean(sound && r->pin_seen));
	put_member(&o, "held", json_boolean(sound && r->held));
	put_member(&o, "disputed", json_boolean(sound && r->disputed));
	put_member(&o, "disputed_stage",
	    sound && r->disputed ? view_bytes_h32(&r->disputed_stage)
				 : json_null());
	if (sound) {
		put_sound(&o, r, now);
	} else {
		put_unsound(&o);
	}
	return o;
}

static void
print_release(const struct release *r)
{
	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (r->pcrs.mask >> i & 1) {
			out_data("             PCR%-2u %s\n", i,
			    mem_hex(span_of(r->pcrs.value[i], PCR_SIZE)));
		}
	}
	out_data("             definition %s\n",
	    mem_hex(h32_span(&r->definition)));
	if (r->repo.p) {
		out_data("             source %s at %s\n", mem_string(r->repo),
		    mem_string(r->commit));
	}
}

static void
print_in_force(const struct state *st)
{
	struct release r;

	if (st->release_n == 0 || state_release(st, &r) != OK) {
		out_data("  in force   nothing yet\n");
		return;
	}
	out_data("  in force   version %s, since %s (entry %llu)\n",
	    mem_string(r.version), value_time_text(st->released_at),
	    (unsigned long long)st->released_seq);
	print_release(&r);
}

static void
print_waiting(const struct state *st, bool held, uint64_t now)
{
	json_t *o = view_state_pending(st, held, now), *v;
	const char *list = "";
	size_t i;

	json_array_foreach(json_object_get(o, "waiting_for"), i, v)
	{
		list = mem_printf("%s%s%s", list, *list ? ", " : "",
		    json_string_value(v));
	}
	if (*list)
		out_data("             waits for: %s\n", list);
	json_decref(o);
}

static void
print_pending(const struct state *st, bool held, uint64_t now)
{
	struct policy p;
	struct stage g;
	uint64_t earliest;

	if (st->phase == PHASE_OPEN || state_stage(st, &g) != OK ||
	    state_policy(st, &p) != OK) {
		out_data("  pending    nothing\n");
		return;
	}
	earliest = view_state_earliest(st, &g);
	out_data("  pending    %s%s, stage %s (entry %llu)\n",
	    g.has_release ? "version " : "a new policy",
	    g.has_release ? mem_string(g.release.version) : "",
	    mem_hex(h32_span(&st->stage_id)),
	    (unsigned long long)st->stage_seq);
	out_data("             window %s after notice, not before %s\n",
	    value_duration_text(g.delay), value_time_text(g.not_before));
	if (earliest) {
		out_data("             earliest %s, ",
		    value_time_text(earliest));
	} else {
		out_data("             no notice yet, ");
	}
	out_data("expires %s\n", value_time_text(g.expires));
	out_data("             can be revoked by %s\n",
	    words_revokers(&p, !g.has_release, st->backed));
	if (g.has_release)
		print_release(&g.release);
	print_waiting(st, held, now);
	if (held) {
		out_data("  HELD       a valid revocation of this stage is at "
			 "hand: no enclave that knows it releases the stage, "
			 "and what is in force stays\n");
	}
}

static void
print_pin(const struct chain_verify_result *r)
{
	if (r->pinned) {
		out_data("  pinned     yes: this is the chain that was "
			 "named%s\n",
		    r->pin_seen ? ", with the entry that was remembered" : "");
	} else if (r->pin_seen) {
		out_data("  NOT PINNED, but the entry that was remembered is "
			 "here\n");
	} else {
		out_data("  NOT PINNED: the identity of this chain was not "
			 "checked.  Compare its id with the one\n"
			 "             you trust, or name that with --pin.\n");
	}
}

static void
print_keys(const struct chain_verify_result *r)
{
	struct policy *policy = mem_new(sizeof *policy);
	struct hardware_key key[HARDWARE_KEYS];
	size_t n = keys_of(r, policy, key);

	for (size_t i = 0; i < n; i++) {
		const struct key *k = key[i].key;
		const char *text = evidence_say_text(k, &r->hardware->of[i]);
		bool same = i > 0 && key[i].role == key[i - 1].role;

		lines_key(true, same ? "" : key[i].role,
		    pubkey_fingerprint(&k->kid), k->name, "");
		if (text != NULL)
			lines_put(true, "", text);
	}
}

static void
print_sound(const struct chain_verify_result *r, uint64_t now)
{
	const struct state *st = r->st;
	const char *text[LIMITS];
	size_t n = limits(r, text);

	out_data("%sVERIFIED %s, level %s%s\n",
	    r->disputed ? "DISPUTED, but "
	    : r->held   ? "HELD, and "
			: "",
	    r->entries == 1
		? "1 entry"
		: mem_printf("%llu entries", (unsigned long long)r->entries),
	    level_name(r->level), r->pinned ? "" : ", NOT PINNED");
	out_data("  chain      %s\n", mem_hex(h32_span(&st->chain)));
	print_pin(r);
	out_data("  label      %s\n",
	    mem_string(span_of(st->label, st->label_n)));
	out_data("  head       entry %llu, %s\n",
	    (unsigned long long)st->next_seq - 1, mem_hex(h32_span(&st->head)));
	out_data("  root       %s\n", root_text(&st->root));
	out_data("  checked    %s, %s; %s\n",
	    words_count(r->documents, "attestation document"),
	    words_count(r->signatures, "signature"),
	    words_count(st->upgrades, "upgrade"));
	print_in_force(st);
	print_pending(st, r->held, now);
	print_keys(r);
	witness_report_text(st, r->checkpoint, r->tip, r->witnessed);
	if (r->disputed) {
		out_data("  DISPUTED   stage %s completed although a valid "
			 "revocation of it is at hand\n",
		    mem_hex(h32_span(&r->disputed_stage)));
	}
	out_data("This does not show:\n");
	for (size_t i = 0; i < n; i++)
		out_data("  - %s\n", text[i]);
}

const char *
chain_report_failure(const struct chain_verify_result *r)
{
	if (r->failed_at < 0)
		return mem_printf("%s", err_code(r->err));
	return mem_printf("entry %lld (%s): %s", (long long)r->failed_at,
	    r->failed_kind ? r->failed_kind : "unreadable", err_code(r->err));
}

void
chain_report_text(const struct chain_verify_result *r, uint64_t now)
{
	if (is_sound(r)) {
		print_sound(r, now);
		return;
	}
	if (r->failed_at < 0) {
		out_data("FAILED ");
	} else {
		out_data("FAILED at entry %lld (%s) ", (long long)r->failed_at,
		    r->failed_kind ? r->failed_kind : "unreadable");
	}
	out_data("%s: %s\n", err_code(r->err), err_sentence(r->err));
}
