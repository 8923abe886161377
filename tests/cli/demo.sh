#!/bin/sh
# SPDX-License-Identifier: ISC
# The story of `make demo`, on a stack of its own, and the first thing that
# `make run` offers: broken when an upgrade does not come through, when one of
# the six attacks is not refused with its own code, or when one of the five
# dishonest servers is not caught.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/pg.sh
[ -n "$(pg_bin)" ] || {
	echo "skipped there is no PostgreSQL server here"
	exit 77
}
data=$(mktemp -d /var/tmp/encl-demo.XXXXXX)
trap 'rm -rf "$data"' EXIT
unset ENCL_OPS
ENCL_DATA=$data ENCL_DEMO_WINDOW=4s scripts/demo || exit 1
echo "ok - the story of one upgrade"
echo "ok - six attacks are refused"
echo "ok - five dishonest servers are caught"
