/* SPDX-License-Identifier: ISC */
#include "signer_call.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "system/clock.h"

#define CONNECTIONS 32 /* kept open; more are made and closed */
#define DEADLINE_S 15
#define KNOCKS 3
#define SOON_US 400
#define CROWDED_US 1000000
#define HEARD 4096

struct signer_call {
	struct sockaddr_un address;
	struct metrics *metrics;
	_Atomic uint64_t crowded_until; /* steady us */
	pthread_mutex_t lock;
	unsigned idle_n;
	int idle[CONNECTIONS];
	struct heard {
		struct h32 chain;
		uint64_t next; /* 0: nothing heard */
	} heard[HEARD];
};

enum err
signer_call_make(const char *path, struct metrics *m, struct signer_call **s)
{
	struct signer_call *new;
	size_t n = strlen(path);

	*s = NULL;
	if (n >= sizeof new->address.sun_path)
		return ERR_SETTING;
	new = calloc(1, sizeof *new);
	if (new == NULL)
		return ERR_OUT_OF_MEMORY;
	new->address.sun_family = AF_UNIX;
	memcpy(new->address.sun_path, path, n);
	new->metrics = m;
	pthread_mutex_init(&new->lock, NULL);
	*s = new;
	return OK;
}

void
signer_call_free(struct signer_call *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->idle_n; i++)
		close(s->idle[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static int
take_idle(struct signer_call *s)
{
	int fd = -1;

	pthread_mutex_lock(&s->lock);
	if (s->idle_n > 0)
		fd = s->idle[--s->idle_n];
	pthread_mutex_unlock(&s->lock);
	return fd;
}

static void
give_back(struct signer_call *s, int fd)
{
	pthread_mutex_lock(&s->lock);
	if (s->idle_n < CONNECTIONS) {
		s->idle[s->idle_n++] = fd;
		fd = -1;
	}
	pthread_mutex_unlock(&s->lock);
	if (fd >= 0)
		close(fd);
}

static int
connect_new(const struct signer_call *s)
{
	const struct timeval deadline = { .tv_sec = DEADLINE_S };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline,
		sizeof deadline) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline,
		sizeof deadline) == 0 &&
	    connect(fd, (const struct sockaddr *)(const void *)&s->address,
		sizeof s->address) == 0)
		return fd;
	close(fd);
	return -1;
}

#define ANSWER_MAX 1024

static enum err
read_answer(struct span bytes, struct signer_call_answer *a)
{
	struct protocol_answer p;

	if (protocol_answer_decode(bytes, &p) != OK)
		return ERR_SIGNER;
	a->next = p.next;
	a->wait = p.wait;
	a->key_n = p.key.n;
	a->sig_n = p.sig.n;
	memcpy(a->key, p.key.p, p.key.n);
	memcpy(a->sig, p.sig.p, p.sig.n);
	return p.code;
}

/* An answer comes when a fast disk has flushed once.  To sleep that long and be
 * woken costs a good part of it again, so the processor is offered to others
 * first, and only a slower answer is slept for.  Where others keep it, that is
 * no bargain, and for a while not tried again. */
static ssize_t
receive(struct signer_call *s, int fd, uint8_t *buf, size_t cap)
{
	uint64_t began = clock_steady_us(), now = began;
	bool wait = now < atomic_load(&s->crowded_until);
	ssize_t n;

	while (!wait) {
		uint64_t before = now;

		n = recv(fd, buf, cap, MSG_DONTWAIT);
		if (n >= 0 || errno != EAGAIN)
			return n;
		(void)sched_yield();
		now = clock_steady_us();
		if (now - before > SOON_US)
			atomic_store(&s->crowded_until, now + CROWDED_US);
		wait = now - began > SOON_US;
	}
	return recv(fd, buf, cap, 0);
}

/* What came of one connection. */
enum exchanged { ANSWERED, CLOSED, SLOW };

static enum exchanged
exchange(struct signer_call *s, int fd, struct span packet,
    struct signer_call_answer *a, enum err *e)
{
	uint8_t buf[ANSWER_MAX];
	ssize_t n = send(fd, packet.p, packet.n, MSG_NOSIGNAL);

	if (n == (ssize_t)packet.n)
		n = receive(s, fd, buf, sizeof buf);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? SLOW : CLOSED;
	*e = read_answer(span_of(buf, (size_t)n), a);
	return ANSWERED;
}

static enum err
ask(struct signer_call *s, struct span packet, struct signer_call_answer *a)
{
	enum exchanged x = CLOSED;
	enum err e = ERR_SIGNER;
	unsigned knocks = 0;

	/* Those that lay idle may be of a signer that is gone, and a new one
	 * may have given way to others before it asked.  One that does not
	 * answer in time does not on another either. */
	while (x == CLOSED && knocks < KNOCKS) {
		int fd = take_idle(s);

		if (fd < 0) {
			fd = connect_new(s);
			knocks++;
		}
		if (fd < 0)
			return ERR_SIGNER;
		x = exchange(s, fd, packet, a, &e);
		if (x == ANSWERED)
			give_back(s, fd);
		else
			close(fd);
	}
	return e;
}

static void
count(struct signer_call *s, const struct protocol_request *q, enum err e)
{
	if (e == ERR_SIGNER) {
		metrics_add(s->metrics, METRIC_SIGNER_FAILED, 1);
		log_event(LOG_LEVEL_WARNING, NULL, "the signer does not answer",
		    LOG_TEXT("request", protocol_kind_name(q->kind)));
	} else if (q->kind == PROTOCOL_SIGN && e != ERR_SIGNER_BEHIND) {
		metrics_add(s->metrics,
		    e == OK ? METRIC_SIGNER_SIGNED : METRIC_SIGNER_REFUSED, 1);
	}
}

enum err
signer_call_ask(struct signer_call *s, const struct protocol_request *q,
    struct signer_call_answer *a)
{
	static _Thread_local uint8_t packet[PROTOCOL_MAX];
	struct out o = out_of(packet, sizeof packet);
	enum err e;

	memset(a, 0, sizeof *a);
	if (s == NULL)
		return ERR_KEYS_OFF;
	protocol_request_encode(&o, q);
	if (o.full)
		return ERR_TOO_LARGE;
	e = ask(s, out_span(&o), a);
	count(s, q, e);
	return e;
}

/* One of a wave: asked, and not answered yet. */
struct asked {
	int fd; /* -1: nobody was reached */
	bool full;
};

static void
send_one(struct signer_call *s, const struct protocol_request *q,
    struct asked *k)
{
	static _Thread_local uint8_t packet[PROTOCOL_MAX];
	struct out o = out_of(packet, sizeof packet);

	k->fd = -1;
	protocol_request_encode(&o, q);
	k->full = o.full;
	if (o.full)
		return;
	k->fd = take_idle(s);
	if (k->fd < 0)
		k->fd = connect_new(s);
	if (k->fd >= 0 && send(k->fd, o.p, o.n, MSG_NOSIGNAL) != (ssize_t)o.n) {
		close(k->fd);
		k->fd = -1;
	}
}

/* False: its connection was of a signer that is gone. */
static bool
hear_one(struct signer_call *s, struct asked *k, struct signer_call_answer *a,
    enum err *e)
{
	uint8_t buf[ANSWER_MAX];
	ssize_t n = recv(k->fd, buf, sizeof buf, 0);

	if (n <= 0) {
		close(k->fd);
		return false;
	}
	*e = read_answer(span_of(buf, (size_t)n), a);
	give_back(s, k->fd);
	return true;
}

#define WAVE 16

static void
wave(struct signer_call *s, const struct protocol_request *q,
    struct signer_call_answer *a, enum err *e, size_t n)
{
	struct asked k[WAVE];
	bool gone = false;

	for (size_t i = 0; i < n; i++)
		send_one(s, &q[i], &k[i]);
	for (size_t i = 0; i < n; i++) {
		if (k[i].full)
			e[i] = ERR_TOO_LARGE;
		else if (k[i].fd < 0 || !hear_one(s, &k[i], &a[i], &e[i])) {
			e[i] = gone ? ERR_SIGNER
				    : signer_call_ask(s, &q[i], &a[i]);
			gone = e[i] == ERR_SIGNER;
		}
	}
}

void
signer_call_many(struct signer_call *s, const struct protocol_request *q,
    struct signer_call_answer *a, enum err *e, size_t n)
{
	memset(a, 0, n * sizeof *a);
	for (size_t i = 0, k; i < n; i += k) {
		k = n - i < WAVE ? n - i : WAVE;
		wave(s, q + i, a + i, e + i, k);
	}
}

static struct heard *
place(struct signer_call *s, const struct h32 *chain)
{
	return &s->heard[(unsigned)(chain->b[0] | chain->b[1] << 8) % HEARD];
}

uint64_t
signer_call_lacks(struct signer_call *s, const struct h32 *chain)
{
	struct heard *h;
	uint64_t next;

	if (s == NULL)
		return UINT64_MAX;
	h = place(s, chain);
	pthread_mutex_lock(&s->lock);
	next = h->next && h32_eq(&h->chain, chain) ? h->next : UINT64_MAX;
	pthread_mutex_unlock(&s->lock);
	return next;
}

void
signer_call_heard(struct signer_call *s, const struct h32 *chain, uint64_t next)
{
	struct heard *h;

	if (s == NULL)
		return;
	h = place(s, chain);
	pthread_mutex_lock(&s->lock);
	*h = (struct heard){ *chain, next };
	pthread_mutex_unlock(&s->lock);
}
