/* SPDX-License-Identifier: ISC */
#ifndef OPS_H
#define OPS_H

#include "http.h"

/*
 * The operations listener, on an address of its own: /livez says that the
 * process runs, /readyz that it can serve (database, migrations, committer,
 * scheduler), /metrics is for Prometheus.
 */
extern const struct route ops_routes[];
extern const size_t ops_route_count;

#endif
