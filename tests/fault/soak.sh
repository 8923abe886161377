#!/bin/sh
# SPDX-License-Identifier: ISC
# Kills of encld and of PostgreSQL under writers, races at the deadline, a
# database process that stops answering: SOAK_ROUNDS of each (3).
cd "$(dirname "$0")/../.." || exit 1
exec tests/api/with-encld soak
