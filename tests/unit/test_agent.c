/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/in.h>

#include "chain/text.h"
#include "enclave/agent.h"
#include "tests/lib/countersigner.h"
#include "tests/lib/suite.h"

/*
 * A server that is the builder's chain behind a few lines of HTTP, two
 * enclaves as processes of their own, and the agent between them in the test
 * itself.
 */
static struct chain_builder *B;
static uint64_t *NOW; /* shared with the enclaves */

static struct countersigner ONE, TWO;
static struct agent_hold *HOLD; /* of the agents to come */

/* the server */

static struct {
	struct channel_address at;
	int fd;
	pthread_t thread;
	struct span revocations;
	size_t page;             /* entries in one answer */
	const char *next_answer; /* instead of the right one, once */
	unsigned polls, pages, posts;
} S;

static uint8_t OUT[1 << 20];

static void
put_str(struct out *o, const char *s)
{
	out_put(o, s, strlen(s));
}

static void
put_hex(struct out *o, struct span s)
{
	static char text[256];
	struct out h = out_of(text, sizeof text);

	text_hex(&h, s);
	put_str(o, text);
}

static bool
is_for(const struct due *d, const char *query)
{
	struct release r;
	struct stage g;
	char hex[2 * PCR_SIZE + 1];
	struct out o = out_of(hex, sizeof hex);

	if (d->from > *NOW || *NOW > d->until)
		return false;
	if (d->of_stage) {
		if (state_stage(&B->st, &g) != OK)
			return false;
		r = g.release;
	} else if (state_release(&B->st, &r) != OK)
		return false;
	text_hex(&o, span_of(r.pcrs.value[0], PCR_SIZE));
	return strstr(query, hex) != NULL;
}

static void
put_tasks(struct out *o, const char *query)
{
	struct due due[3];
	size_t n = rules_due(&B->st, due);
	char seq[32];
	bool first = true;

	S.polls++;
	put_str(o, "{\"tasks\":[");
	for (size_t i = 0; i < n; i++) {
		if (!is_for(&due[i], query))
			continue;
		put_str(o, first ? "{\"role\":\"" : ",{\"role\":\"");
		put_str(o, payload_role_name(due[i].role));
		put_str(o, "\",\"chain\":\"");
		put_hex(o, h32_span(&B->st.chain));
		put_str(o, "\",\"prev\":\"");
		put_hex(o, h32_span(&B->st.head));
		snprintf(seq, sizeof seq, "\",\"seq\":%u}",
		    (unsigned)B->st.next_seq);
		put_str(o, seq);
		first = false;
	}
	put_str(o, "]}");
}

static void
put_entries(struct out *o, size_t from)
{
	S.pages++;
	for (size_t i = from; i < B->n && i < from + S.page; i++)
		out_put(o, B->entry[i].p, B->entry[i].n);
}

static const char *
append(struct span body, struct out *o)
{
	static struct chain_builder_draft d;
	static struct statement t;
	enum err e = entry_statement_decode(body, &t);

	S.posts++;
	if (e == OK) {
		chain_builder_draft(B, &d, t.payload);
		d.n = t.proof_n;
		memcpy(d.proof, t.proof, t.proof_n * sizeof *t.proof);
		e = chain_builder_append(B, &d);
	}
	if (e == OK)
		return "201 Created";
	put_str(o, "{\"code\":\"");
	put_str(o, err_code(e));
	put_str(o, "\"}");
	return "409 Conflict";
}

/* The body of an answer; returns its status line. */
static const char *
reply_to(char *request, struct span body, struct out *o)
{
	const char *from = strstr(request, "from=");

	if (S.next_answer) {
		const char *status = S.next_answer;

		S.next_answer = NULL;
		put_str(o, "{\"code\":\"busy\"}");
		return status;
	}
	if (!strstr(request, "\r\nAuthorization: Bearer secret\r\n"))
		return "401 Unauthorized";
	if (strncmp(request, "GET /v1/agent/tasks?", 20) == 0)
		put_tasks(o, request);
	else if (strncmp(request, "POST ", 5) == 0)
		return append(body, o);
	else if (strstr(request, "/revocations "))
		out_put(o, S.revocations.p, S.revocations.n);
	else if (from)
		put_entries(o, strtoul(from + 5, NULL, 10));
	else
		return "404 Not Found";
	return "200 OK";
}

static void
serve_one(int fd)
{
	static char in[65536 + 1];
	static uint8_t body[1 << 20];
	struct out o = out_of(body, sizeof body), all;
	size_t n = 0, want = 0;
	const char *end = NULL, *length, *status;
	char head[256];

	while (!end || n < want) {
		ssize_t k = recv(fd, in + n, sizeof in - 1 - n, 0);

		if (k <= 0)
			return;
		n += (size_t)k;
		in[n] = '\0';
		end = strstr(in, "\r\n\r\n");
		length = strstr(in, "Content-Length: ");
		if (end)
			want = (size_t)(end + 4 - in) +
			       (length ? strtoul(length + 16, NULL, 10) : 0);
	}
	status = reply_to(in, span_of(end + 4, n - (size_t)(end + 4 - in)), &o);
	all = out_of(OUT, sizeof OUT);
	snprintf(head, sizeof head,
	    "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
	    status, o.n);
	put_str(&all, head);
	out_put(&all, o.p, o.n);
	(void)!send(fd, all.p, all.n, MSG_NOSIGNAL);
}

static void *
serve(void *ctx)
{
	int fd;

	while ((fd = accept(S.fd, NULL, NULL)) >= 0) {
		serve_one(fd);
		close(fd);
	}
	return ctx;
}

/* what a test has */

static struct agent *
agent_of(const struct countersigner *v, const char *token)
{
	char url[64];
	struct agent_opts opts = { .enclave = v->at,
		.wait_s = 1,
		.backoff_ms = 10,
		.backoff_max_ms = 20,
		.hold = HOLD,
		.server = { .server = url, .token = token } };
	struct agent *a;

	snprintf(url, sizeof url, "http://127.0.0.1:%s", S.at.port);
	ck_assert_int_eq(agent_open(&opts, &a), OK);
	return a;
}

static enum err
round_of(const struct countersigner *v, size_t *done)
{
	struct agent *a = agent_of(v, "secret");
	enum err e = agent_round(a, done);

	agent_close(a);
	return e;
}

/* One round that must deliver exactly one receipt. */
static void
delivers(const struct countersigner *v)
{
	size_t before = B->n, done;

	ck_assert_int_eq(round_of(v, &done), OK);
	ck_assert_uint_eq(done, 1);
	ck_assert_uint_eq(B->n, before + 1);
}

static void
stage(unsigned version)
{
	struct stage g = chain_builder_stage_of(B, version);

	ck_assert_int_eq(chain_builder_stage(B, &g, chain_builder_owners(B)),
	    OK);
}

static void
setup(void)
{
	memset(&S, 0, sizeof S);
	S.page = 100;
	NOW = mmap(NULL, sizeof *NOW, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	B = chain_builder_new(&chain_builder_plain);
	*NOW = B->now;
	countersigner_start(&ONE, B, NOW, 1);
	countersigner_start(&TWO, B, NOW, 2);
	S.fd = countersigner_listener(&S.at);
	(void)!fcntl(S.fd, F_SETFL, 0);
	ck_assert_int_eq(pthread_create(&S.thread, NULL, serve, NULL), 0);
}

static void
teardown(void)
{
	shutdown(S.fd, SHUT_RDWR);
	pthread_join(S.thread, NULL);
	close(S.fd);
	countersigner_stop(&ONE);
	countersigner_stop(&TWO);
	chain_builder_free(B);
	munmap(NOW, sizeof *NOW);
}

static void
pass(uint64_t ms)
{
	*NOW = B->now += ms;
}

START_TEST(whole_upgrade)
{
	size_t done;

	stage(1);
	ck_assert_int_eq(round_of(&TWO, &done), OK);
	ck_assert_uint_eq(done, 0); /* not its affair */
	delivers(&ONE);
	ck_assert_uint_eq(B->st.upgrades, 1);
	stage(2);
	delivers(&ONE);
	delivers(&TWO);
	ck_assert_int_eq(round_of(&ONE, &done), OK);
	ck_assert_uint_eq(done, 0); /* the window runs */
	pass(chain_builder_plain.min_delay);
	delivers(&ONE);
	ck_assert_uint_eq(B->st.upgrades, 2);
}
END_TEST

START_TEST(long_chain_comes_in_pages)
{
	chain_builder_first(B, 1);
	for (int i = 0; i < 20; i++) {
		stage(2);
		ck_assert_int_eq(chain_builder_revoke(B, GUARDIAN(0)), OK);
	}
	pass(0);
	stage(2);
	S.page = 7;
	delivers(&ONE);
	ck_assert_uint_eq(S.pages, (B->n - 1 + 6) / 7);
	delivers(&TWO);
}
END_TEST

/* More than one message's worth of entries in one page. */
START_TEST(large_page_is_split)
{
	size_t size = 0;

	chain_builder_first(B, 1);
	while (size < MESSAGE_MAX - 100000) {
		chain_builder_upgrade(B, 1);
		size += B->entry[B->n - 1].n * 3;
	}
	pass(0);
	stage(2);
	S.page = 100000;
	delivers(&ONE);
	ck_assert_uint_eq(S.pages, 1);
}
END_TEST

START_TEST(revocations_reach_the_enclave_first)
{
	static uint8_t buf[8192];
	size_t done;

	stage(1);
	S.revocations = chain_builder_revocation(B, OTHER(0), buf, sizeof buf);
	delivers(&ONE);
	stage(2);
	delivers(&ONE);
	delivers(&TWO);
	pass(chain_builder_plain.min_delay);
	S.revocations =
	    chain_builder_revocation(B, GUARDIAN(0), buf, sizeof buf);
	ck_assert_int_eq(round_of(&ONE, &done), ERR_REVOKED);
	ck_assert_uint_eq(done, 0);
	S.revocations = (struct span){ 0 };
	ck_assert_int_eq(round_of(&ONE, &done), ERR_REVOKED);
}
END_TEST

/* The server knows of no revocation, or says so. */
START_TEST(what_the_agent_holds_outlives_the_enclave)
{
	static uint8_t buf[8192];
	struct span revocation;
	struct agent_hold *h;
	size_t done;

	stage(1);
	delivers(&ONE);
	stage(2);
	delivers(&ONE);
	delivers(&TWO);
	pass(chain_builder_plain.min_delay);
	ck_assert_int_eq(agent_hold_open(NULL, &h), OK);
	HOLD = h;
	revocation = chain_builder_revocation(B, OTHER(0), buf, sizeof buf);
	ck_assert_int_eq(agent_hold_put(h, revocation, false), OK);
	revocation = chain_builder_revocation(B, GUARDIAN(0), buf, sizeof buf);
	ck_assert_int_eq(agent_hold_put(h, revocation, false), OK);
	for (int i = 0; i < 2; i++) {
		struct out o = out_of((uint8_t[8192]){ 0 }, 8192);
		bool taken;

		ck_assert_int_eq(round_of(&ONE, &done), ERR_REVOKED);
		ck_assert(agent_hold_get(h, 0, &o, &taken));
		ck_assert(taken && span_eq(out_span(&o), revocation));
		countersigner_stop(&ONE);
		countersigner_start(&ONE, B, NOW, 1);
	}
	HOLD = NULL;
	agent_hold_close(h);
	delivers(&ONE); /* as it would without */
}
END_TEST

START_TEST(server_errors_come_back_by_name)
{
	struct agent *a;
	size_t done;

	stage(1);
	S.next_answer = "503 Service Unavailable";
	ck_assert_int_eq(round_of(&ONE, &done), ERR_BUSY);
	delivers(&ONE);
	a = agent_of(&ONE, "other");
	ck_assert_int_eq(agent_round(a, &done), ERR_UNKNOWN_CODE);
	agent_close(a);
}
END_TEST

START_TEST(lost_enclave_or_server_is_an_error_and_no_more)
{
	struct agent *a = agent_of(&ONE, "secret");
	size_t done;

	stage(1);
	countersigner_stop(&ONE);
	ck_assert_int_eq(agent_round(a, &done), ERR_PEER);
	ONE.at = TWO.at;
	agent_close(a);
	countersigner_start(&ONE, B, NOW, 1);
	delivers(&ONE); /* and it was fed from genesis again */
	shutdown(S.fd, SHUT_RDWR);
	pthread_join(S.thread, NULL);
	close(S.fd);
	ck_assert_int_eq(round_of(&ONE, &done), ERR_NETWORK);
	S.fd = countersigner_listener(&S.at);
	(void)!fcntl(S.fd, F_SETFL, 0);
	ck_assert_int_eq(pthread_create(&S.thread, NULL, serve, NULL), 0);
	ck_assert_int_eq(round_of(&ONE, &done), OK);
}
END_TEST

START_TEST(token_stays_off_the_open_network)
{
	static const struct {
		const char *url;
		enum err want;
	} ROW[] = {
		{ "http://127.0.0.1:1", OK },
		{ "http://localhost", OK },
		{ "http://[::1]:80/", OK },
		{ "https://encl.example.org", OK },
		{ "http://encl.example.org", ERR_PLAIN_HTTP },
		{ "http://localhost.example.org", ERR_PLAIN_HTTP },
		{ "http://127.0.0.1.example.org", ERR_PLAIN_HTTP },
		{ "http://127.0.0.1@example.org", ERR_USAGE },
		{ "http://localhost:1@example.org", ERR_USAGE },
		{ "ftp://localhost", ERR_USAGE },
		{ "localhost", ERR_USAGE },
	};

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
		struct fetch_opts opts = { .server = ROW[i].url };
		struct fetch *f = NULL;

		ck_assert_msg(fetch_open(&opts, &f) == ROW[i].want, "%s",
		    ROW[i].url);
		fetch_close(f);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		whole_upgrade,
		long_chain_comes_in_pages,
		large_page_is_split,
		revocations_reach_the_enclave_first,
		what_the_agent_holds_outlives_the_enclave,
		server_errors_come_back_by_name,
		lost_enclave_or_server_is_an_error_and_no_more,
		token_stays_off_the_open_network,
	};

	return SUITE_RUN_FIXTURE("agent", tests, setup, teardown);
}
