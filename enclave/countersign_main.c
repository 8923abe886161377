/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain/text.h"
#include "chain/version.h"
#include "channel.h"
#include "countersign.h"
#include "exchange.h"
#include "nsm_api.h"
#include "nsm_device.h"
#include "nsm_sim.h"
#include "simpcrs.h"
#include "system/event.h"
#include "system/rootfile.h"
#include "system/stop.h"
#include "system/streams.h"
#include "system/whole.h"

#define PROGRAM "encl-countersign"
#define CHAIN_FILE "/etc/encl/chain-id"
#define LISTEN "vsock:5005"

static const char USAGE[] =
    "usage: encl-countersign [options]\n"
    "Answers an encl-agent with receipts for one chain, from inside an "
    "enclave.\n"
    "  --chain HEX        the chain's id; measure it into the image\n"
    "  --chain-file FILE  where the id stands instead "
    "(" CHAIN_FILE ")\n"
    "  --listen ADDRESS   vsock:PORT or tcp:HOST:PORT (" LISTEN ")\n"
    "  --root FILE        trust this attestation root, PEM or DER, instead of\n"
    "                     AWS Nitro Enclaves Root G1; up to 8 times\n"
    "  --nsm device       attest with " NSM_DEVICE_PATH " (the default)\n"
    "  --nsm enclaver:PORT, --nsm evervault[:PORT]\n"
    "                     ask that runtime, on this enclave's own loopback\n"
    "  --nsm sim:DIR      attest with a simulator; needs --root\n"
    "  --sim-pcr N=HEX    what the simulator measured; once for each PCR\n"
    "  --sim-pcrs FILE    the same from a file with \"PCR0\": \"HEX\" ...\n"
    "  --sim-root         make the simulator's root in DIR, and end\n"
    "  --help, --version\n";

enum option_id {
	OPT_CHAIN = 1,
	OPT_CHAIN_FILE,
	OPT_LISTEN,
	OPT_ROOT,
	OPT_NSM,
	OPT_SIM_PCR,
	OPT_SIM_PCRS,
	OPT_SIM_ROOT,
	OPT_HELP,
	OPT_VERSION
};

static const struct option OPTION[] = {
	{ "chain", required_argument, NULL, OPT_CHAIN },
	{ "chain-file", required_argument, NULL, OPT_CHAIN_FILE },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "nsm", required_argument, NULL, OPT_NSM },
	{ "sim-pcr", required_argument, NULL, OPT_SIM_PCR },
	{ "sim-pcrs", required_argument, NULL, OPT_SIM_PCRS },
	{ "sim-root", no_argument, NULL, OPT_SIM_ROOT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

struct settings {
	const char *chain, *chain_file, *listen, *nsm, *sim_pcrs;
	const char *root[COUNTERSIGN_ROOTS], *sim_pcr[PCR_COUNT];
	size_t root_n, sim_pcr_n;
	bool sim_root;
};

static int
usage(const char *what, const char *detail)
{
	fprintf(stderr, PROGRAM ": %s%s%s\nTry '" PROGRAM " --help'.\n", what,
	    detail ? ": " : "", detail ? detail : "");
	return 2;
}

static int
failed(const char *what, enum err e)
{
	EVENT(PROGRAM, "failed", "what", what, "code", err_code(e), "sentence",
	    err_sentence(e), "system", errno ? strerror(errno) : NULL);
	return 1;
}

/* 0 to go on, else the exit status + 1. */
static int
take_option(struct settings *s, int id, const char *value)
{
	switch ((enum option_id)id) {
	case OPT_CHAIN:
		s->chain = value;
		return 0;
	case OPT_CHAIN_FILE:
		s->chain_file = value;
		return 0;
	case OPT_LISTEN:
		s->listen = value;
		return 0;
	case OPT_NSM:
		s->nsm = value;
		return 0;
	case OPT_ROOT:
		if (s->root_n == COUNTERSIGN_ROOTS)
			return 1 + usage("too many roots", NULL);
		s->root[s->root_n++] = value;
		return 0;
	case OPT_SIM_PCR:
		if (s->sim_pcr_n == PCR_COUNT)
			return 1 + usage("too many PCRs", NULL);
		s->sim_pcr[s->sim_pcr_n++] = value;
		return 0;
	case OPT_SIM_PCRS:
		s->sim_pcrs = value;
		return 0;
	case OPT_SIM_ROOT:
		s->sim_root = true;
		return 0;
	case OPT_HELP:
		fputs(USAGE, stdout);
		return 1 + 0;
	case OPT_VERSION:
		puts(PROGRAM " " VERSION);
		return 1 + 0;
	}
	return 1 + usage("unknown option", NULL);
}

static int
take_options(struct settings *s, int argc, char **argv)
{
	enum nsm_api api;
	unsigned port;
	bool sim;
	int id, done;

	while ((id = getopt_long(argc, argv, "", OPTION, NULL)) != -1) {
		done = take_option(s, id, optarg);
		if (done)
			return done;
	}
	if (optind < argc)
		return 1 + usage("this argument has no place", argv[optind]);
	sim = strncmp(s->nsm, "sim:", 4) == 0;
	if (!sim && strcmp(s->nsm, "device") != 0 &&
	    !nsm_api_parse(s->nsm, &api, &port))
		return 1 + usage("--nsm is device, enclaver:PORT, "
				 "evervault[:PORT] or sim:DIR",
			       s->nsm);
	if (sim && s->root_n == 0 && !s->sim_root)
		return 1 + usage("--nsm sim:DIR needs --root FILE", NULL);
	if (!sim && (s->sim_pcrs || s->sim_pcr_n || s->sim_root))
		return 1 + usage("--sim-... needs --nsm sim:DIR", NULL);
	return 0;
}

static bool
read_chain(const struct settings *s, struct h32 *chain)
{
	char text[67];
	size_t n;

	if (s->chain)
		return text_unhex(span_str(s->chain), chain->b, 32);
	if (whole_file(s->chain_file, text, sizeof text, &n) != OK)
		return false;
	errno = 0;
	if (n && text[n - 1] == '\n')
		n--;
	return text_unhex(span_of(text, n), chain->b, 32);
}

static enum err
open_sim(const struct settings *s, struct nsm *nsm)
{
	struct nsm_sim *sim;

	TRY(nsm_sim_open(s->nsm + strlen("sim:"), &sim));
	*nsm = nsm_sim_nsm(sim);
	if (s->sim_pcrs)
		TRY(simpcrs_file(sim, s->sim_pcrs));
	for (size_t i = 0; i < s->sim_pcr_n; i++)
		if (!simpcrs_one(sim, s->sim_pcr[i]))
			return ERR_PCRS_BAD;
	return OK;
}

static enum err
open_nsm(const struct settings *s, struct nsm *nsm)
{
	enum nsm_api api;
	unsigned port;

	if (nsm_api_parse(s->nsm, &api, &port))
		return nsm_api_open(api, port, nsm);
	return strcmp(s->nsm, "device") == 0
		   ? nsm_device_open(NSM_DEVICE_PATH, nsm)
		   : open_sim(s, nsm);
}

static int
make_root(const struct settings *s)
{
	struct nsm nsm = { 0 };
	enum err e = open_sim(s, &nsm);

	nsm_close(&nsm);
	return e == OK ? 0 : failed("root", e);
}

static enum err
read_roots(const struct settings *s, struct h32 *root, size_t *n)
{
	root[0] = attest_root_aws;
	*n = s->root_n ? s->root_n : 1;
	for (size_t i = 0; i < s->root_n; i++)
		TRY(rootfile_hash(s->root[i], &root[i]));
	return OK;
}

static void
answer(void *ctx, struct span request, struct out *reply)
{
	struct countersign *c = ctx;
	uint64_t before = countersign_state(c)->next_seq, after;
	enum err e = countersign_answer(c, request, reply);
	char seq[24];

	after = countersign_state(c)->next_seq;
	snprintf(seq, sizeof seq, "%llu", (unsigned long long)after);
	if (e != OK)
		EVENT(PROGRAM, "refused", "code", err_code(e), "next_seq", seq);
	else if (after != before)
		EVENT(PROGRAM, "verified", "next_seq", seq);
}

/* Signals arrive only while exchange_run waits. */
static int
serve(struct countersign *c, int fd)
{
	sigset_t before;
	struct exchange x = { .listen = fd,
		.answer = answer,
		.ctx = c,
		.idle_ms = 600000,
		.message_ms = 20000,
		.mask = &before };
	enum err e;

	x.stop = stop_on_signals(&before);
	e = exchange_run(&x);
	if (e != OK)
		return failed("listen", e);
	EVENT(PROGRAM, "stopped", NULL);
	return 0;
}

static int
run(const struct settings *s, const struct h32 *chain, struct nsm *nsm)
{
	struct h32 root[COUNTERSIGN_ROOTS];
	struct channel_address address;
	struct countersign *c;
	size_t root_n;
	enum err e;
	int fd, status;

	e = open_nsm(s, nsm);
	if (e != OK)
		return failed("nsm", e);
	e = read_roots(s, root, &root_n);
	if (e != OK)
		return failed("root", e);
	if (!channel_address(s->listen, &address))
		return usage("--listen is vsock:PORT or tcp:HOST:PORT",
		    s->listen);
	e = channel_listen(&address, &fd);
	if (e != OK)
		return failed("listen", e);
	e = countersign_open(chain, root, root_n, nsm, &c);
	if (e != OK) {
		close(fd);
		return failed("start", e);
	}
	EVENT(PROGRAM, "listening", "address", s->listen);
	status = serve(c, fd);
	countersign_close(c);
	close(fd);
	return status;
}

int
main(int argc, char **argv)
{
	struct settings s = { .chain_file = CHAIN_FILE,
		.listen = LISTEN,
		.nsm = "device" };
	struct nsm nsm = { 0 };
	struct h32 chain;
	int status;

	streams_fill();
	status = take_options(&s, argc, argv);
	if (status)
		return status - 1;
	errno = 0;
	if (s.sim_root)
		return make_root(&s);
	if (!read_chain(&s, &chain)) {
		if (errno)
			return failed(s.chain_file, ERR_FILE);
		return usage("the chain id is 64 hex digits",
		    s.chain ? s.chain : s.chain_file);
	}
	status = run(&s, &chain, &nsm);
	nsm_close(&nsm);
	return status;
}
