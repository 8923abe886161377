/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/socket.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "enclave/agent_listen.h"
#include "enclave/agent_peer.h"
#include "tests/lib/client.h"
#include "tests/lib/countersigner.h"
#include "tests/lib/suite.h"

/* A listener in front of a real countersigner, asked over HTTP. */
static struct chain_builder *B;
static uint64_t *NOW;
static struct countersigner ENCLAVE;
static struct agent_hold *HOLD;
static struct agent_listen *LISTEN;
static char ADDRESS[32];
static uint8_t BODY[65536];
static uint8_t REPLY[65536];

static void
listen_with(unsigned each)
{
	struct agent_listen_opts opts = { .enclave = ENCLAVE.at,
		.hold = HOLD,
		.each = { each, each },
		.all = { 1000, 1000 } };
	unsigned port;

	ck_assert(channel_address("tcp:127.0.0.1:0", &opts.at));
	ck_assert_int_eq(agent_listen_start(&opts, &LISTEN, &port), OK);
	snprintf(ADDRESS, sizeof ADDRESS, "127.0.0.1:%u", port);
}

static void
setup(void)
{
	NOW = mmap(NULL, sizeof *NOW, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	B = chain_builder_new(&chain_builder_plain);
	chain_builder_first(B, 1);
	*NOW = B->now;
	countersigner_start(&ENCLAVE, B, NOW, 1);
	ck_assert_int_eq(agent_hold_open(NULL, &HOLD), OK);
	listen_with(1000);
}

static void
teardown(void)
{
	agent_listen_stop(LISTEN);
	agent_hold_close(HOLD);
	countersigner_stop(&ENCLAVE);
	chain_builder_free(B);
	munmap(NOW, sizeof *NOW);
}

static unsigned
ask(const char *path, struct span body)
{
	static uint8_t request[131072];
	struct out o = out_of(request, sizeof request);
	size_t n = sizeof REPLY;

	client_post(&o, path, "", "application/cbor", body);
	ck_assert(!o.full);
	return client_once(ADDRESS, out_span(&o), REPLY, &n);
}

static bool
says(const char *what)
{
	return strstr((const char *)REPLY, what) != NULL;
}

/* Tells the enclave what there is of the chain. */
static void
feed(void)
{
	static struct agent_peer peer;
	struct message_request q = { .kind = MESSAGE_ENTRIES };
	struct message_reply r;

	agent_peer_init(&peer, &ENCLAVE.at);
	for (size_t i = 0; i < B->n; i++) {
		q.body = chain_builder_entry(B, i);
		ck_assert_int_eq(agent_peer_ask(&peer, &q, &r), OK);
	}
	agent_peer_close(&peer);
}

static void
stage(unsigned version)
{
	struct stage g = chain_builder_stage_of(B, version);

	ck_assert_int_eq(chain_builder_stage(B, &g, chain_builder_owners(B)),
	    OK);
}

static bool
holds(bool taken)
{
	struct out o = out_of(BODY, sizeof BODY);
	bool is;

	return agent_hold_get(HOLD, 0, &o, &is) && is == taken;
}

START_TEST(one_of_the_open_stage_is_held)
{
	uint8_t buf[8192];

	stage(2);
	feed();
	ck_assert_uint_eq(ask("/v1/revocations",
			      chain_builder_revocation(B, GUARDIAN(0), buf,
				  sizeof buf)),
	    200);
	ck_assert(says("\"held\""));
	ck_assert(holds(true));
}
END_TEST

START_TEST(one_of_a_stage_to_come_is_kept)
{
	uint8_t buf[8192];
	struct span r;

	feed();
	stage(2);
	r = chain_builder_revocation(B, GUARDIAN(0), buf, sizeof buf);
	ck_assert_uint_eq(ask("/v1/revocations", r), 202);
	ck_assert(says("\"kept\""));
	ck_assert(holds(false));
	countersigner_stop(&ENCLAVE);
	ck_assert_uint_eq(ask("/v1/revocations", r), 202);
}
END_TEST

START_TEST(a_stranger_is_refused_and_nothing_is_kept)
{
	uint8_t buf[8192];

	stage(2);
	feed();
	ck_assert_uint_eq(ask("/v1/revocations",
			      chain_builder_revocation(B, OTHER(0), buf,
				  sizeof buf)),
	    422);
	ck_assert(says("\"authority\"") || says("\"proof_surplus\""));
	ck_assert(!holds(true) && !holds(false));
}
END_TEST

/* Else whoever can reach the agent pushes out what guardians brought. */
START_TEST(nor_is_a_strangers_of_a_stage_to_come)
{
	uint8_t buf[8192];

	feed();
	stage(2);
	ck_assert_uint_eq(ask("/v1/revocations",
			      chain_builder_revocation(B, OTHER(0), buf,
				  sizeof buf)),
	    422);
	ck_assert(says("\"authority\""));
	ck_assert(!holds(true) && !holds(false));
}
END_TEST

START_TEST(what_is_no_revocation_is_refused_by_name)
{
	static uint8_t large[ENTRY_MAX + 1];
	struct entry e;
	struct out o = out_of(BODY, sizeof BODY);
	struct {
		struct span body;
		unsigned status;
		const char *code;
	} row[] = {
		{ { 0 }, 422, "\"cbor_truncated\"" },
		{ span_str("hello"), 422, "\"cbor_type\"" },
		{ span_of(large, sizeof large), 413, "\"too_large\"" },
		{ { 0 }, 422, "\"kind_unknown\"" },
	};

	stage(2);
	ck_assert_int_eq(entry_decode(chain_builder_entry(B, B->n - 1), &e),
	    OK);
	ck_assert_int_eq(entry_statement_encode(&o, e.payload, e.proof,
			     e.proof_n),
	    OK);
	row[3].body = out_span(&o);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		ck_assert_uint_eq(ask("/v1/revocations", row[i].body),
		    row[i].status);
		ck_assert_msg(says(row[i].code), "%s", (char *)REPLY);
	}
	ck_assert_uint_eq(ask("/v1/chains", row[1].body), 404);
}
END_TEST

START_TEST(another_method_is_refused)
{
	static const char get[] = "GET /v1/revocations HTTP/1.1\r\n"
				  "Host: a\r\n\r\n";
	size_t n = sizeof REPLY;

	ck_assert_uint_eq(client_once(ADDRESS, span_str(get), REPLY, &n), 405);
}
END_TEST

/* From another address of this machine. */
static int
dial_from(const char *from)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, from, &a.sin_addr), 1);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)(void *)&a, sizeof a), 0);
	ck_assert_int_eq(inet_pton(AF_INET, "127.0.0.1", &a.sin_addr), 1);
	a.sin_port = htons((uint16_t)atoi(strchr(ADDRESS, ':') + 1));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)(void *)&a, sizeof a),
	    0);
	return fd;
}

/* The status line, "" when it is cut. */
static const char *
ask_over(int fd, struct span body)
{
	static uint8_t request[131072];
	static char line[64];
	struct out o = out_of(request, sizeof request);
	ssize_t n;

	client_post(&o, "/v1/revocations", "", "application/cbor", body);
	ck_assert(!o.full);
	(void)!send(fd, o.p, o.n, MSG_NOSIGNAL);
	n = recv(fd, line, sizeof line - 1, MSG_WAITALL);
	line[n > 0 ? n : 0] = '\0';
	return line;
}

static bool
answers(int fd, struct span body, const char *status)
{
	const char *line = ask_over(fd, body);

	return strncmp(line, "HTTP/1.1 ", 9) == 0 &&
	       strncmp(line + 9, status, 3) == 0;
}

START_TEST(a_flood_keeps_no_guardian_out)
{
	uint8_t buf[8192];
	struct span r;
	int i, fd;

	agent_listen_stop(LISTEN);
	listen_with(3);
	stage(2);
	feed();
	r = chain_builder_revocation(B, GUARDIAN(0), buf, sizeof buf);
	/* However slow this machine is, what comes back each minute is less. */
	for (i = 0; i < 1000; i++)
		if (ask("/v1/revocations", span_str("x")) == 429)
			break;
	ck_assert_int_lt(i, 1000);
	ck_assert(says("\"rate_limited\""));
	fd = dial_from("127.0.0.2");
	ck_assert(answers(fd, r, "200"));
	close(fd);
	ck_assert(holds(true));
}
END_TEST

START_TEST(nor_do_open_connections)
{
	uint8_t buf[8192];
	int flood[64], fd;

	stage(2);
	feed();
	/* More than there are places for. */
	for (size_t k = 0; k < 4; k++) {
		for (size_t i = 0; i < 64; i++)
			flood[i] = dial_from("127.0.0.3");
		fd = dial_from("127.0.0.2");
		ck_assert(answers(fd,
		    chain_builder_revocation(B, GUARDIAN(0), buf, sizeof buf),
		    "200"));
		close(fd);
		for (size_t i = 0; i < 64; i++)
			close(flood[i]);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		one_of_the_open_stage_is_held,
		one_of_a_stage_to_come_is_kept,
		a_stranger_is_refused_and_nothing_is_kept,
		nor_is_a_strangers_of_a_stage_to_come,
		what_is_no_revocation_is_refused_by_name,
		another_method_is_refused,
		a_flood_keeps_no_guardian_out,
		nor_do_open_connections,
	};

	return SUITE_RUN_FIXTURE("agent_listen", tests, setup, teardown);
}
