#!/bin/sh
# SPDX-License-Identifier: ISC
# Whatever happens in between, what is sent twice is answered as if it had been
# sent once, and two servers write one history: SOAK_ROUNDS of each (2).
cd "$(dirname "$0")/../.." || exit 1
exec tests/api/with-encld replay
