#!/bin/sh
# SPDX-License-Identifier: ISC
# Kills between append and cosignature, WITNESSED_ROUNDS of each (SOAK_ROUNDS,
# else 2); two servers; older backups.
cd "$(dirname "$0")/../.." || exit 1
WITNESSED_ROUNDS=${WITNESSED_ROUNDS:-${SOAK_ROUNDS:-2}}
export WITNESSED_ROUNDS
exec tests/api/witnessed.sh witnessed_faults
