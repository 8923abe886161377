#!/bin/sh
# SPDX-License-Identifier: ISC
# encl measure on an image of 1 GiB against one pass of openssl dgst for each
# register that it makes, over the bytes that go into it, and its private
# memory; encl build of the same tree against cpio and one pass of SHA-384.
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/figure.sh
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
ROUNDS=${BENCH_ROUNDS:-5}
MIB=${BENCH_IMAGE_MIB:-1024}
for p in cpio openssl python3; do
	command -v $p >/dev/null || { echo "# skipped image: there is no $p"; exit 0; }
done
T=$(mktemp -d "${TMPDIR:-/var/tmp}/encl-bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1
# Files from bytes to megabytes, as a distribution with an application has.
python3 - "$MIB" <<'EOF'
import os, random, sys
random.seed(1)
left, i = int(sys.argv[1]) << 20, 0
while left > 0:
    d = "tree/d%d" % (i // 200)
    os.makedirs(d, exist_ok=True)
    n = min(left, random.choice([500, 3000, 20000, 200000, 2000000, 20000000]))
    with open("%s/f%d" % (d, i), "wb") as f:
        f.write(os.urandom(n))
    left, i = left - n, i + 1
EOF
tar -C tree -cf root.tar . || exit 1
head -c 8000000 /dev/urandom >kernel
head -c 1000000 /dev/urandom >boot
printf 'console=ttyS0' >cmdline

now() {
	date +%s.%N
}
took() { # COMMAND...: seconds
	a=$(now)
	"$@" >/dev/null || exit 1
	echo "$a $(now)" | awk '{ print $2 - $1 }'
}
build() {
	rm -f image.eif
	"$B/bin/encl" build --kernel kernel --boot boot --cmdline @cmdline \
		--root root.tar --flat --out image.eif
}
archive() {
	(cd tree && find . | LC_ALL=C sort | cpio -o -H newc -C 262144 --quiet) >tree.cpio
}
digest() {
	openssl dgst -sha384 "$1"
}
build >/dev/null && archive || exit 1
cat kernel cmdline boot >pcr1
cat pcr1 tree.cpio >pcr0
for f in pcr0 pcr1 tree.cpio image.eif; do digest $f >/dev/null; done
i=0
while [ $i -lt "$ROUNDS" ]; do
	d0=$(took digest pcr0)
	m=$(took "$B/bin/encl" measure image.eif)
	d1=$(took digest pcr1)
	d2=$(took digest tree.cpio)
	b=$(took build)
	c=$(took archive)
	echo "$m $d0 $d1 $d2 $b $c" |
		awk '{ print $1, $2 + $3 + $4, $5, $6 + $4 }'
	i=$((i + 1))
done >rounds
echo "# seconds: measured $(column rounds 1 | median), one digest for each register $(column rounds 2 | median)"
echo "# seconds: built $(column rounds 3 | median), cpio and one digest $(column rounds 4 | median)"

# What is its own, the program's file and libraries apart; the most of many
# looks.
"$B/bin/encl" measure image.eif >/dev/null &
pid=$!
most=0
while kill -0 $pid 2>/dev/null; do
	n=$(awk '/^RssAnon:/ { print $2 }' /proc/$pid/status 2>/dev/null)
	[ "${n:-0}" -gt $most ] && most=$n
	sleep 0.01
done
wait $pid || exit 1
figure measure_over_digests "$(ratios rounds 1 2 | median)" '<=1.1'
figure measure_private_mib "$(echo $most | awk '{ printf "%.3f", $1 / 1024 }')" '<=8'
figure build_over_cpio_and_digest "$(ratios rounds 3 4 | median)" '<=1.15'
