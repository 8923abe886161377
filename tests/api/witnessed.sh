#!/bin/sh
# SPDX-License-Identifier: ISC
# tests/api/witnessed.sh [SCRIPT]: chains whose policies name witnesses: two
# encl-witness and a peer that does what a witness must not.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/encld.sh
dir=$(mktemp -d /tmp/encl-api-w.XXXXXX) || exit 1
for n in 1 2 3; do
	port=$(free_port)
	echo "$port" >"$dir/port$n"
	"${BUILD:-build}/bin/encl-witness" keygen --name "w$n.example" \
		--key "$dir/w$n.key" --state "$dir/w$n" >"$dir/vkey$n" || exit 1
	echo "$(cat "$dir/vkey$n") http://127.0.0.1:$port" >>"$dir/witnesses"
done
export ENCLD_WITNESSES="$dir/witnesses" ENCLD_LOG_NAME=log.example
export WITNESSES_DIR="$dir"
tests/api/with-encld "${1:-witnessed}"
rc=$?
rm -rf "$dir"
exit $rc
