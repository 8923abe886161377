#!/bin/sh
# SPDX-License-Identifier: ISC
# docs/images.md: every sh block in it runs as it stands, one after the other.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
export PATH="$B/bin:$PATH" HOME="$T"
id=$(printf '%064d' 7)
printf 'name: payments\nimage: registry.example.org/payments:1\n' >enclave.yaml
{
	echo 'set -e'
	awk '/^```/ { sh = $0 == "```sh"; next } sh' "$top/docs/images.md" |
		sed "s|CHAINID|$id|g"
} >script
if [ "$(wc -l <script)" -gt 20 ] && sh -x ./script >out 2>&1; then
	echo "ok - docs/images.md does what it says"
else
	sed 's/^/# /' out
	echo "not ok - docs/images.md"
	exit 1
fi
grep -q '^EQUAL   app.pcrs' out && grep -q '^DIFFERENT   signed.eif' out ||
	{ echo "not ok - what it compares"; exit 1; }
