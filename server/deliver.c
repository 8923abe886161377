/* SPDX-License-Identifier: ISC */
#include "deliver.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "chain/version.h"
#include "courier.h"
#include "db_delivery.h"
#include "db_webhook.h"
#include "letter.h"
#include "log.h"
#include "metrics.h"
#include "notice_key.h"
#include "parcel.h"
#include "system/clock.h"
#include "system/secret.h"

#define FLIGHTS 128
#define CLAIM 8 /* at once, so that one that is slow has not all of them */
#define LOOK_MS 1000
#define TURN_MS 200
#define CLEAN_MS 60000
#define COUNT_MS 5000
#define FAILING_MS (UINT64_C(3) * 86400000)
#define GONE 410
#define PASSWORD_MAX 256
#define ARENA_FIRST ((size_t)256 << 10)
#define ARENA_LIMIT ((size_t)64 << 20)

/* How many can be under way in each lane, and to one of them.  A webhook that
 * does not answer takes 15 seconds and is wary from then on; half of a lane is
 * all that one organisation gets. */
static const struct lane {
	size_t most, each;
} lanes[DB_DELIVERY_LANES] = { [DB_DELIVERY_WELL] = { 64, 4 },
	[DB_DELIVERY_WARY] = { 32, 1 },
	[DB_DELIVERY_MAIL] = { 32, 4 } };

/* A delivery that is under way. */
struct flight {
	bool used;
	enum db_delivery_lane lane;
	struct deliver *deliver;
	struct db_delivery_job job; /* without `to` */
};

struct deliver {
	struct server *server;
	pthread_t thread;
	atomic_bool stop, woken;
	struct courier *courier;
	char *password; /* guarded */
	struct db *db;
	struct arena *arena;
	size_t flying[DB_DELIVERY_LANES];
	struct flight flight[FLIGHTS];
};

uint64_t
deliver_pause(uint32_t attempts, uint32_t random)
{
	static const uint32_t seconds[] = { 5, 30, 120, 600, 1800, 3600, 7200,
		14400, 28800 };
	size_t n = sizeof seconds / sizeof *seconds;
	uint64_t ms = UINT64_C(1000) * seconds[attempts == 0   ? 0
					       : attempts <= n ? attempts - 1
							       : n - 1];

	/* A fifth more or less, so that those that failed together do not come
	 * together again. */
	return ms - ms / 5 + random % (2 * ms / 5 + 1);
}

bool
deliver_mails(const struct server *s)
{
	return s->deliver && s->settings.smtp_url[0] &&
	       s->settings.smtp_from[0];
}

void
deliver_wake(struct deliver *d)
{
	if (!d)
		return;
	atomic_store(&d->woken, true);
	courier_wake(d->courier);
}

/* It works no more since so long, or says itself that it is gone. */
static enum err
judge_webhook(struct deliver *d, const struct flight *f,
    const struct courier_answer *a)
{
	/* Whoever keeps others waiting waits longer. */
	const uint64_t rest = 2 * (uint64_t)a->took;
	uint64_t failing;
	bool is = false;

	TRY(db_webhook_fails(d->db, f->job.webhook, rest, &failing));
	if (a->status == GONE)
		return db_webhook_disable(d->db, f->job.webhook,
		    "it answered that it is gone", &is);
	if (failing && clock_unix_ms() - failing > FAILING_MS)
		return db_webhook_disable(d->db, f->job.webhook,
		    "nothing could be delivered for three days", &is);
	return OK;
}

static enum err
record(struct deliver *d, const struct flight *f,
    const struct courier_answer *a)
{
	const struct db_delivery_job *j = &f->job;
	struct db_delivery_result r = { .id = j->id,
		.done = a->done,
		.status = a->status,
		.took = a->took,
		.error = a->error };
	uint64_t pause = deliver_pause(j->attempts, randombytes_random());

	if (a->wait * UINT64_C(1000) > pause)
		pause = a->wait * UINT64_C(1000);
	if (!a->done)
		r.due = clock_unix_ms() + pause;
	if (r.due > j->until)
		r.due = 0;
	if (j->subscription && r.due == 0)
		return db_delivery_forget(d->db, j->id);
	TRY(db_delivery_record(d->db, &r));
	if (!j->webhook)
		return OK;
	return a->done ? db_webhook_works(d->db, j->webhook)
		       : judge_webhook(d, f, a);
}

static void
landed(void *arg, void *ctx, const struct courier_answer *a)
{
	struct deliver *d = arg;
	struct flight *f = ctx;

	metrics_add(d->server->metrics,
	    a->done ? METRIC_DELIVERED : METRIC_DELIVERY_FAILED, 1);
	/* What cannot be written down is tried again when its time is over.
	 */
	(void)record(d, f, a);
	f->used = false;
	d->flying[f->lane]--;
}

static struct flight *
flight_take(struct deliver *d)
{
	for (size_t i = 0; i < FLIGHTS; i++)
		if (!d->flight[i].used)
			return &d->flight[i];
	return NULL;
}

static enum err
send_webhook(struct deliver *d, struct flight *f, const char *url)
{
	struct parcel p;

	TRY(parcel_make(d->server, d->db, d->arena, &f->job, &p));
	return courier_post(d->courier, url, p.header, p.body, f);
}

static enum err
send_mail(struct deliver *d, struct flight *f, const char *to)
{
	struct span letter;

	if (!deliver_mails(d->server))
		return ERR_NOTICES_OFF;
	TRY(letter_make(d->server, d->db, d->arena, &f->job, to, &letter));
	return courier_mail(d->courier, d->server->settings.smtp_from, to,
	    letter, f);
}

/* What cannot be made is over: it would not be better the next time. */
static enum err
unmade(struct deliver *d, const struct db_delivery_job *j, enum err e)
{
	const struct db_delivery_result r = { .id = j->id,
		.error = "it could not be made" };

	if (err_class(e) == ERR_CLASS_RETRY)
		return OK;
	log_event(LOG_LEVEL_WARNING, NULL, "a notice could not be made",
	    LOG_NUMBER("delivery", j->id), LOG_TEXT("code", err_code(e)));
	return j->subscription ? db_delivery_forget(d->db, j->id)
			       : db_delivery_record(d->db, &r);
}

static enum err
launch(struct deliver *d, enum db_delivery_lane lane,
    const struct db_delivery_job *j)
{
	struct flight *f = flight_take(d);
	enum err e;

	if (!f)
		return OK;
	f->job = *j;
	f->job.to = NULL;
	f->lane = lane;
	e = j->webhook ? send_webhook(d, f, j->to) : send_mail(d, f, j->to);
	if (e != OK)
		return unmade(d, j, e);
	f->used = true;
	d->flying[lane]++;
	return OK;
}

static int64_t
target(const struct flight *f)
{
	return f->job.webhook ? f->job.webhook : f->job.subscription;
}

static int64_t
org(const struct flight *f)
{
	return f->job.org;
}

/* What `of` says of those flights of a lane of whom it says the same of
 * `enough`. */
static size_t
often(const struct deliver *d, enum db_delivery_lane lane, size_t enough,
    int64_t (*of)(const struct flight *f), int64_t list[FLIGHTS])
{
	size_t n = 0;

	for (size_t i = 0; i < FLIGHTS; i++) {
		const struct flight *f = &d->flight[i];
		size_t same = 0;

		for (size_t k = 0; f->used && f->lane == lane && k <= i; k++)
			same += d->flight[k].used &&
				d->flight[k].lane == lane &&
				of(&d->flight[k]) == of(f);
		if (same == enough)
			list[n++] = of(f);
	}
	return n;
}

/* *more: there may be others. */
static enum err
claim(struct deliver *d, enum db_delivery_lane lane, bool *more)
{
	size_t room = lanes[lane].most - d->flying[lane], n;
	int64_t busy[FLIGHTS], orgs[FLIGHTS];
	struct db_delivery_turn t = { .lane = lane,
		.limit = room < CLAIM ? room : CLAIM,
		.busy = busy,
		.org = orgs };
	struct db_delivery_job *j;

	if (room == 0)
		return OK;
	arena_reset(d->arena);
	t.busy_n = often(d, lane, lanes[lane].each, target, busy);
	if (lane != DB_DELIVERY_MAIL)
		t.org_n = often(d, lane, lanes[lane].most / 2, org, orgs);
	TRY(d->db ? OK : db_open(d->server->settings.database, &d->db));
	TRY(db_delivery_claim(d->db, d->arena, &t, &j, &n));
	for (size_t i = 0; i < n; i++)
		TRY(launch(d, lane, &j[i]));
	*more |= n == t.limit;
	return OK;
}

static bool
claim_all(struct deliver *d)
{
	bool more = false;

	for (int i = 0; i < DB_DELIVERY_LANES; i++)
		if (claim(d, (enum db_delivery_lane)i, &more) != OK)
			return false;
	return more;
}

static void
count(struct deliver *d)
{
	uint64_t waiting, late;

	if (!d->db || db_delivery_queue(d->db, &waiting, &late) != OK)
		return;
	metrics_set(d->server->metrics, METRIC_DELIVERIES_WAITING,
	    (int64_t)waiting);
	metrics_set(d->server->metrics, METRIC_DELIVERY_LATE, (int64_t)late);
}

static void *
run(void *ctx)
{
	struct deliver *d = ctx;
	uint64_t looked = 0, counted = 0, cleaned = clock_steady_ms();

	while (!atomic_load(&d->stop)) {
		uint64_t now = clock_steady_ms();
		bool more = atomic_exchange(&d->woken, false);

		if (more || now - looked >= LOOK_MS) {
			more = claim_all(d);
			looked = more ? 0 : now;
		}
		if (now - counted >= COUNT_MS) {
			count(d);
			counted = now;
		}
		if (d->db && now - cleaned >= CLEAN_MS) {
			if (db_delivery_prune(d->db) == OK)
				cleaned = now;
		}
		courier_turn(d->courier, more ? 0 : TURN_MS, landed, d);
	}
	return NULL;
}

static void
deliver_free(struct deliver *d)
{
	courier_free(d->courier);
	sodium_free(d->password);
	db_close(d->db);
	arena_free(d->arena);
	free(d);
}

static enum err
read_password(struct deliver *d, const char *file)
{
	size_t n = 0, head = strlen("credential:");

	d->password = sodium_malloc(PASSWORD_MAX);
	if (!d->password)
		return ERR_OUT_OF_MEMORY;
	if (file[0])
		TRY(strncmp(file, "credential:", head) == 0
			? secret_credential(file + head, (uint8_t *)d->password,
			      PASSWORD_MAX - 1, &n)
			: secret_file(file, (uint8_t *)d->password,
			      PASSWORD_MAX - 1, &n));
	while (n && (d->password[n - 1] == '\n' || d->password[n - 1] == '\r'))
		n--;
	d->password[n] = '\0';
	return OK;
}

static enum err
prepare(struct deliver *d, char *why, size_t why_n)
{
	const struct settings *set = &d->server->settings;
	struct courier_config c = { .smtp_url = set->smtp_url,
		.smtp_user = set->smtp_user,
		.user_agent = "encld/" VERSION };

	(void)snprintf(why, why_n, "smtp_from: %s", set->smtp_from);
	if (set->smtp_url[0] && !letter_is_address(span_str(set->smtp_from)))
		return ERR_SETTING;
	(void)snprintf(why, why_n, "smtp_password");
	TRY(read_password(d, set->smtp_password));
	c.smtp_password = d->password;
	why[0] = '\0';
	if (set->webhook_networks[0])
		TRY(network_parse(set->webhook_networks, &c.allowed));
	d->arena = arena_make(ARENA_FIRST, ARENA_LIMIT);
	if (!d->arena)
		return ERR_OUT_OF_MEMORY;
	return courier_make(&c, &d->courier);
}

enum err
deliver_start(struct server *s, struct deliver **out, char *why, size_t why_n)
{
	struct deliver *d;
	enum err e;

	*out = NULL;
	if (!s->notice_key)
		return OK;
	d = calloc(1, sizeof *d);
	if (!d)
		return ERR_OUT_OF_MEMORY;
	d->server = s;
	e = prepare(d, why, why_n);
	if (e == OK && pthread_create(&d->thread, NULL, run, d) != 0)
		e = ERR_OUT_OF_MEMORY;
	if (e != OK) {
		deliver_free(d);
		return e;
	}
	*out = d;
	return OK;
}

void
deliver_stop(struct deliver *d)
{
	if (!d)
		return;
	atomic_store(&d->stop, true);
	courier_wake(d->courier);
	pthread_join(d->thread, NULL);
	deliver_free(d);
}
