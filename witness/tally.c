/* SPDX-License-Identifier: ISC */
#include "tally.h"

#include <stdio.h>

/* The last: any other. */
static const unsigned statuses[TALLY_STATUSES] = { 200, 400, 403, 404, 405, 409,
	413, 422, 500, 503, 507, 0 };
static const char *const requests[TALLY_REQUESTS] = { "add-checkpoint",
	"checkpoint", "other" };

void
tally_answer(struct tally *t, enum tally_request what, unsigned status)
{
	unsigned i = 0;

	while (i < TALLY_STATUSES - 1 && statuses[i] != status)
		i++;
	t->answered[what][i]++;
}

static void
put(struct out *o, const char *text)
{
	out_put(o, text, strlen(text));
}

static void
head(struct out *o, const char *name, const char *type, const char *help)
{
	char line[200];

	(void)snprintf(line, sizeof line,
	    "# HELP encl_witness_%s %s\n# TYPE encl_witness_%s %s\n", name,
	    help, name, type);
	put(o, line);
}

static void
one(struct out *o, const char *name, const char *type, const char *help,
    uint64_t value)
{
	char line[100];

	head(o, name, type, help);
	(void)snprintf(line, sizeof line, "encl_witness_%s %llu\n", name,
	    (unsigned long long)value);
	put(o, line);
}

static void
answered(const struct tally *t, struct out *o)
{
	char line[120];

	head(o, "requests_total", "counter", "Requests answered.");
	for (unsigned k = 0; k < TALLY_REQUESTS; k++) {
		for (unsigned i = 0; i < TALLY_STATUSES; i++) {
			if (t->answered[k][i] == 0)
				continue;
			(void)snprintf(line, sizeof line,
			    "encl_witness_requests_total{request=\"%s\","
			    "status=\"%u\"} %llu\n",
			    requests[k], statuses[i],
			    (unsigned long long)t->answered[k][i]);
			put(o, line);
		}
	}
}

void
tally_write(const struct tally *t, struct out *o)
{
	answered(t, o);
	one(o, "flushes_total", "counter", "Writes to the record.", t->flushes);
	one(o, "splits_total", "counter",
	    "Logs that have shown two histories since the start.", t->splits);
	one(o, "connections_cut_total", "counter",
	    "Connections that were too slow or too many.", t->cut);
	one(o, "connections", "gauge", "Open connections.", t->connections);
	one(o, "logs", "gauge", "Logs with a cosigned checkpoint.", t->logs);
	one(o, "record_bytes", "gauge", "Bytes of the record.", t->journal);
	one(o, "newest_seconds", "gauge", "The newest time of a cosignature.",
	    t->newest);
	one(o, "clock_good", "gauge", "1: the clock is believed.", t->clock);
}
