#!/bin/sh
# SPDX-License-Identifier: ISC
# What the header gate and the deadlines do, against a real encld, byte by byte.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
. tests/lib/encld.sh
pg_start
encld_start || exit 1
python3 tests/api/http_raw.py
