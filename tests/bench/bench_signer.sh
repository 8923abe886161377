#!/bin/sh
# SPDX-License-Identifier: ISC
# What encl-signer adds to a server-held stage at the median, against one flush
# of a small append on the same disk plus one signature: tests/bench/held.py.
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/figure.sh
T=$(mktemp /tmp/encl-bench.XXXXXX) || exit 1
trap 'rm -f "$T"' EXIT
tests/api/with-encld ../bench/held >"$T" || { sed 's/^/# /' "$T"; exit 1; }
echo "# us: held $(column "$T" 1 | median), by the client $(column "$T" 2 | median), flush $(column "$T" 3 | median), signature $(column "$T" 4 | median)"
figure signer_added_over_flush_and_signature \
	"$(awk '{ printf "%.6f\n", ($1 - $2) / ($3 + $4) }' "$T" | median)" '<=1.5'
