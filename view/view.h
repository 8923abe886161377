/* SPDX-License-Identifier: ISC */
#ifndef VIEW_H
#define VIEW_H

#include <jansson.h>

#include "chain/hardware.h"
#include "chain/rules.h"
#include "definition/shape.h"

/*
 * JSON views, the same in the API and in the CLI.  A view is for reading: it
 * is never signed or hashed.  Every json_t that is returned is the caller's;
 * NULL means that there is no memory.  Ids and PCRs are lower-case hex, other
 * binary is base64, times are RFC 3339 in UTC, durations are milliseconds in
 * members named *_ms.
 */

/* view_time.c */
#define VIEW_TIME_SIZE 25 /* "2026-11-23T12:00:41.000Z" and the NUL */
void view_time_text(uint64_t ms, char text[VIEW_TIME_SIZE]);
/* RFC 3339 with any offset and fraction, 1970 to 9999; digits after the third
 * of a second must be zero, and second 60 is refused.  ERR_TIME_RANGE. */
MUST_USE enum err view_time_parse(struct span text, uint64_t *ms);
json_t *view_time(uint64_t ms);

/* view_bytes.c */
json_t *view_bytes_hex(struct span s);
json_t *view_bytes_h32(const struct h32 *h);
json_t *view_bytes_base64(struct span s);
/* A json string of plain text or a line. */
json_t *view_bytes_text(struct span s);
/* Standard base64 with padding; whitespace refused.  Into o.
 * ERR_JSON_FIELD, ERR_NO_SPACE. */
MUST_USE enum err view_bytes_unbase64(struct span text, struct out *o);
/* 64 hex digits, lower case only. */
MUST_USE bool view_bytes_unh32(const char *text, struct h32 *h);

/* view_pcrs.c: {"0":"hex..",...} */
json_t *view_pcrs(const struct pcrs *p);
struct view_pcrs_buf {
	uint8_t value[PCR_COUNT][PCR_SIZE];
};
/* p borrows from buf.  Takes "0" and "PCR0" alike. */
MUST_USE enum err view_pcrs_parse(const json_t *j, const char *pointer,
    struct view_pcrs_buf *buf, struct pcrs *p, struct shape_faults *f);

/* view_key.c: {kid, fingerprint, type, name, key:"ssh-ed25519 AAAA..",
 * evidence?} */
json_t *view_key(const struct key *k);
/* The reverse.  A key is {name, key:"ssh-.. AAAA.. [comment]", evidence?}, or
 * that line alone, its comment being the name; kid, fingerprint and type may
 * be there and must then be right.  blob is a buffer of KEY_BLOB_MAX; k
 * borrows from it and from j.  ERR_JSON_FIELD. */
MUST_USE enum err view_key_parse(const json_t *j, const char *pointer,
    uint8_t *blob, struct key *k, struct shape_faults *f);

/* view_policy.c: {control:[key],threshold,guardians:[key],min_delay_ms,
 * upgradable,pcrs:[0,1,2],endorsers?:{keys:[key],threshold},witnesses?} */
json_t *view_policy(const struct policy *p);
struct view_policy_buf {
	uint8_t blob[3 * POLICY_KEYS][KEY_BLOB_MAX];
};
/* The reverse; guardians may be left out.  Everything in p is borrowed from j
 * and buf.  The rules of policy_decode are not judged here; witnesses are not
 * taken.  ERR_JSON_FIELD. */
MUST_USE enum err view_policy_parse(const json_t *j, const char *pointer,
    struct view_policy_buf *buf, struct policy *p, struct shape_faults *f);

/* view_hardware.c: {verified:true,touch:"always",pin:"once",
 * firmware:"5.7.4",root,maker?}, or {verified:false,reason,...}:
 * "not_published" or an error's code; what the device says too when it is only
 * too weak.  Never a serial number.  h is not HARDWARE_NONE. */
json_t *view_hardware(const struct hardware *h);
/* Adds it as "hardware" to the keys of policy, a view_policy, that have
 * evidence; of: in the order of hardware_keys.  False: no memory. */
MUST_USE bool view_hardware_put(json_t *policy, const struct hardware *of,
    size_t n);

/* view_release.c: {version,pcrs,definition,image?,eif?,svn?,kms?,
 * source?:{repo,commit,build?}} */
json_t *view_release(const struct release *r);
MUST_USE enum err view_release_parse(const json_t *j, const char *pointer,
    struct view_pcrs_buf *buf, struct release *r, struct shape_faults *f);

/*
 * view_diff.c: what a stage changes.  A pair is {was,now,changed}; was NULL:
 * nothing was in force.
 * of PCRs     {"0":pair,..}, null for one that is not there
 * of releases {kind:"release",version,was,pcr_diff,definition:pair,
 *             definition_diff}; words is diff_words' list (given away), NULL
 *             where the definitions are not at hand: null
 * of policies {kind:"policy",policy:pair}
 */
json_t *view_diff_pcrs(const struct pcrs *was, const struct pcrs *now);
json_t *view_diff_release(const struct release *was, const struct release *now,
    json_t *words);
json_t *view_diff_policy(const struct policy *was, const struct policy *now);

/* view_payload.c: {kind, ...the fields of the kind} */
json_t *view_payload(const struct payload *p);

/*
 * view_state.c: the state view without what only a server knows (private,
 * received, which it may add as members).  held: a valid revocation of the
 * open stage is at hand.  now 0: the view says nothing that depends on the
 * clock, so that it can be kept as long as the head stands; else waiting_for
 * drops "window" once the window is over and is ["lapse"] past `expires`.
 */
json_t *view_state(const struct state *st, bool held, uint64_t now);
/* Its parts: the release in force or null, the open stage or null. */
json_t *view_state_in_force(const struct state *st);
json_t *view_state_pending(const struct state *st, bool held, uint64_t now);
/* {chain,label,head,seq,phase,upgrades,pending:bool,in_force:{version,
 * pcrs}|null}: an item of a list of chains. */
json_t *view_state_summary(const struct state *st);
/* The earliest time at which the open stage can complete, or 0 when that is
 * not known yet (no notice). */
uint64_t view_state_earliest(const struct state *st, const struct stage *g);
/* "open", "staged", "noticed". */
const char *view_state_phase(enum phase p);

/*
 * view_entry.c: {entry,seq,prev,kind,payload,proofs:[..],received?,cbor}.
 * policy: the one in force at this place, from which proofs get name and
 * type; NULL where it is not at hand.  received 0: left out.
 */
json_t *view_entry(const struct entry *e, const struct policy *policy,
    uint64_t received);

/* view_document.c: {module_id,timestamp,time,pcrs,debug,user_data,nonce,
 * public_key}: what a document says, verified or not.  timestamp is Unix ms.
 * After a failing attest_parse: null for what was not read. */
json_t *view_document(const struct attest *a);

/* view_measurements.c: {chain,head,sets:[{pcrs,version,definition,status,
 * not_before,not_after,since_seq}]}: what a client may accept. */
json_t *view_measurements(const struct state *st, bool held);

/*
 * view_feed.c: the same in the forms that clients read which are there already.
 * VIEW_FEED_SETS is view_measurements.  The others are for clients that know
 * no times, so they have the pending set only while it may run now:
 * VIEW_FEED_EVERVAULT  [{HashAlgorithm,PCR0,..,notBefore,notAfter}], what an
 *     Evervault client's PCR provider returns
 * VIEW_FEED_TERRAFORM  a .tfvars.json file: enclave_pcr0_hashes, and the whole
 *     sets in enclave_measurements
 * VIEW_FEED_KMS        {chain,head,conditions:[{version,status,not_before,
 *     not_after,Condition:{StringEquals:{..}}}]}, for key policies
 */
enum view_feed {
	VIEW_FEED_SETS,
	VIEW_FEED_EVERVAULT,
	VIEW_FEED_TERRAFORM,
	VIEW_FEED_KMS
};
/* "sets", "evervault", "terraform", "kms". */
MUST_USE bool view_feed_parse(struct span name, enum view_feed *feed);
const char *view_feed_name(enum view_feed feed);
/* The chain would take the receipt now (Unix ms) that completes the open
 * stage, which is of a release: the code of both may run. */
bool view_feed_handover(const struct state *st, bool held, uint64_t now);
/* The releases whose code may run now (Unix ms): the one in force, when there
 * is one, and during a hand-over the next.  How many; r borrows from st. */
#define VIEW_FEED_MAY_RUN 2
size_t view_feed_may_run(const struct state *st, bool held, uint64_t now,
    struct release r[VIEW_FEED_MAY_RUN]);
json_t *view_feed(enum view_feed feed, const struct state *st, bool held,
    uint64_t now);

#endif
