/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "agent.h"
#include "agent_listen.h"
#include "chain/version.h"
#include "system/event.h"
#include "system/stop.h"
#include "system/streams.h"
#include "system/whole.h"

#define PROGRAM "encl-agent"
#define TOKEN_MAX 512
/* Revocations that are looked at, of one source and of all: a flood of one
 * leaves nearly all to the others. */
static const struct bucket_rate EACH = { 20, 20 }, ALL = { 600, 600 };

static const char USAGE[] =
    "usage: encl-agent --server URL --token-file FILE --enclave ADDRESS\n"
    "Carries receipts from an enclave to the server of its chain.\n"
    "  --server URL       https://HOST[:PORT]; http only to this machine\n"
    "  --token-file FILE  a bearer token with the scope agent\n"
    "  --enclave ADDRESS  where encl-countersign listens: vsock:CID:PORT or\n"
    "                     tcp:HOST:PORT\n"
    "  --ca-file FILE     trust these authorities for TLS\n"
    "  --listen ADDRESS   take signed revocations directly, from anybody:\n"
    "                     tcp:HOST:PORT, POST /v1/revocations\n"
    "  --held FILE        remember those over a restart (with --listen)\n"
    "  --help, --version\n";

enum option_id {
	OPT_SERVER = 1,
	OPT_TOKEN_FILE,
	OPT_ENCLAVE,
	OPT_CA_FILE,
	OPT_LISTEN,
	OPT_HELD,
	OPT_HELP,
	OPT_VERSION
};

static const struct option OPTION[] = {
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "token-file", required_argument, NULL, OPT_TOKEN_FILE },
	{ "enclave", required_argument, NULL, OPT_ENCLAVE },
	{ "ca-file", required_argument, NULL, OPT_CA_FILE },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "held", required_argument, NULL, OPT_HELD },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int
usage(const char *what)
{
	fprintf(stderr, PROGRAM ": %s\nTry '" PROGRAM " --help'.\n", what);
	return 2;
}

struct settings {
	const char *server, *token_file, *enclave, *ca_file, *listen, *held;
};

/* 0 to go on, else the exit status + 1. */
static int
take_options(struct settings *s, int argc, char **argv)
{
	int id;

	while ((id = getopt_long(argc, argv, "", OPTION, NULL)) != -1) {
		if (id == OPT_SERVER)
			s->server = optarg;
		else if (id == OPT_TOKEN_FILE)
			s->token_file = optarg;
		else if (id == OPT_ENCLAVE)
			s->enclave = optarg;
		else if (id == OPT_CA_FILE)
			s->ca_file = optarg;
		else if (id == OPT_LISTEN)
			s->listen = optarg;
		else if (id == OPT_HELD)
			s->held = optarg;
		else if (id == OPT_HELP)
			fputs(USAGE, stdout);
		else if (id == OPT_VERSION)
			puts(PROGRAM " " VERSION);
		else
			return 1 + usage("unknown option");
		if (id == OPT_HELP || id == OPT_VERSION)
			return 1;
	}
	if (optind < argc || !s->server || !s->token_file || !s->enclave)
		return 1 +
		       usage("--server, --token-file and --enclave are needed, "
			     "and nothing else");
	return 0;
}

/* One line of printable characters. */
static bool
read_token(const char *path, char token[TOKEN_MAX])
{
	size_t n;

	if (whole_file(path, token, TOKEN_MAX, &n) != OK)
		return false;
	errno = 0;
	while (n && (token[n - 1] == '\n' || token[n - 1] == '\r'))
		n--;
	token[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	return n != 0;
}

/* Whom signed revocations come from is nobody's business: the enclave judges
 * them. */
static enum err
listen_at(const struct settings *s, struct agent_opts *opts,
    struct agent_listen **l)
{
	struct agent_listen_opts o = { .enclave = opts->enclave,
		.each = EACH,
		.all = ALL };
	char text[16];
	unsigned port;

	TRY(agent_hold_open(s->held, &o.hold));
	opts->hold = o.hold;
	if (!channel_address(s->listen, &o.at) || o.at.vsock)
		return ERR_USAGE;
	TRY(agent_listen_start(&o, l, &port));
	snprintf(text, sizeof text, "%u", port);
	EVENT(PROGRAM, "listening", "address", s->listen, "port", text);
	return OK;
}

/* The exit status. */
static int
begin(const struct settings *s, struct agent_opts *opts,
    struct agent_listen **l)
{
	enum err e;

	errno = 0;
	e = s->listen ? listen_at(s, opts, l) : OK;
	if (e == OK)
		return 0;
	if (e == ERR_USAGE)
		return usage("--listen is tcp:HOST:PORT");
	EVENT(PROGRAM, "failed", "what", e == ERR_FILE ? s->held : s->listen,
	    "code", err_code(e), "system", errno ? strerror(errno) : NULL);
	return 1;
}

static int
run(struct agent_opts *opts)
{
	struct agent *a;
	enum err e;

	opts->server.stop = stop_on_signals(NULL);
	e = agent_open(opts, &a);
	if (e == ERR_USAGE || e == ERR_PLAIN_HTTP)
		return usage(
		    e == ERR_USAGE ? "--server is a URL" : err_sentence(e));
	if (e != OK) {
		EVENT(PROGRAM, "failed", "code", err_code(e));
		return 1;
	}
	EVENT(PROGRAM, "started", "server", opts->server.server);
	agent_run(a);
	EVENT(PROGRAM, "stopped", NULL);
	agent_close(a);
	return 0;
}

int
main(int argc, char **argv)
{
	struct settings s = { 0 };
	struct agent_opts opts = { .wait_s = 30,
		.backoff_ms = 500,
		.backoff_max_ms = 30000 };
	struct agent_listen *listener = NULL;
	char token[TOKEN_MAX];
	int status;

	streams_fill();
	status = take_options(&s, argc, argv);
	if (status)
		return status - 1;
	if (s.held && !s.listen)
		return usage("--held goes with --listen");
	if (!channel_address(s.enclave, &opts.enclave) ||
	    (opts.enclave.vsock && !strchr(s.enclave + 6, ':')))
		return usage("--enclave is vsock:CID:PORT or tcp:HOST:PORT");
	if (!read_token(s.token_file, token)) {
		EVENT(PROGRAM, "failed", "what", s.token_file, "system",
		    errno ? strerror(errno) : "not one line with a token");
		return 1;
	}
	opts.server = (struct fetch_opts){ .server = s.server,
		.token = token,
		.ca_file = s.ca_file };
	status = begin(&s, &opts, &listener);
	if (status == 0)
		status = run(&opts);
	if (listener)
		agent_listen_stop(listener);
	if (opts.hold)
		agent_hold_close(opts.hold);
	return status;
}
