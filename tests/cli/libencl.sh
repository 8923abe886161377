#!/bin/sh
# SPDX-License-Identifier: ISC
# libencl outside the tree: installed somewhere, found by pkg-config alone, a
# program of thirty lines verifies chain files.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
bad=0
ok() { echo "ok - $1"; }
no() { echo "not ok - $1"; bad=1; }

"$B/tests/tools/chain_file" "$T" || exit 1
make -s BUILD="$B" PREFIX="$T/usr" install-libencl >"$T/log" 2>&1 ||
	{ cat "$T/log"; exit 1; }

if nm -g --defined-only "$T/usr/lib/libencl.a" | awk 'NF == 3 { print $3 }' |
	grep -qv '^encl_'; then
	no 'only encl_ names are exported'
else
	ok 'only encl_ names are exported'
fi

cd "$T" || exit 1
cat >verify.c <<'C'
#include <encl.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	struct encl_options o = { 0 };
	struct encl_result r;
	struct encl_verifier *v;
	unsigned char root[32], chain[32], buf[777];
	unsigned x;
	size_t n;

	for (int i = 0; i < 32; i++) {
		sscanf(argv[2] + 2 * i, "%2x", &x), root[i] = (unsigned char)x;
		sscanf(argv[3] + 2 * i, "%2x", &x), chain[i] = (unsigned char)x;
	}
	o.root = root, o.root_n = 1, o.chain = chain;
	FILE *f = fopen(argv[1], "rb");
	v = encl_verifier_init(malloc(encl_verifier_size()), &o);
	if (argc > 4) {
		FILE *s = fopen(argv[4], "rb");
		encl_verifier_revocation(v, buf, fread(buf, 1, sizeof buf, s));
	}
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		if (encl_verifier_feed(v, buf, n) != 0)
			break;
	encl_verifier_end(v, &r);
	printf("%s at %d: %d entries, %s, pending %d %s, held %d, disputed %d\n",
	    r.code, (int)r.failed_at, (int)r.entries, r.in_force.version,
	    r.pending, r.next.version, r.held, r.disputed);
	return 0;
}
C
export PKG_CONFIG_PATH="$T/usr/lib/pkgconfig"
if ${CC:-cc} -Wall -o verify verify.c $(pkg-config --cflags --libs encl); then
	ok 'a program is built with pkg-config alone'
else
	no 'a program is built with pkg-config alone'
fi
if ${CXX:-c++} -Wall -x c++ -fsyntax-only "$T/usr/include/encl.h" 2>/dev/null
then ok 'the header is C++ too'
elif command -v "${CXX:-c++}" >/dev/null
then no 'the header is C++ too'
else echo 'skipped - no C++ compiler'
fi

. ./names
other=$(echo "$chain" | tr 0123456789abcdef 123456789abcdef0)
# is NAME WANT FILE ROOT CHAIN [REVOCATION]
is() {
	name=$1 want=$2
	shift 2
	got=$(env -i ./verify "$@")
	if [ "$got" = "$want" ]; then ok "$name"; else no "$name: $got"; fi
}

is 'a good chain verifies' \
	"ok at 0: $entries entries, v3, pending 0 , held 0, disputed 0" \
	good.cbor "$root" "$chain"
is 'an open stage is shown' \
	"ok at 0: $((entries + 1)) entries, v3, pending 1 v4, held 0, disputed 0" \
	pending.cbor "$root" "$chain"
is 'a revocation at hand holds it' \
	"ok at 0: $((entries + 1)) entries, v3, pending 1 v4, held 1, disputed 0" \
	pending.cbor "$root" "$chain" revocation.cbor
cat revocation.cbor disputed.cbor >with.cbor
is 'one in the file disputes what was completed' \
	"ok at 0: $((entries + 4)) entries, v4, pending 0 , held 0, disputed 1" \
	with.cbor "$root" "$chain"
cat good.cbor revocation.cbor >behind.cbor
is 'a statement behind entries is out of order' \
	"item_order at $entries: 0 entries, , pending 0 , held 0, disputed 0" \
	behind.cbor "$root" "$chain"
is 'another root is refused' \
	'root_foreign at 0: 0 entries, , pending 0 , held 0, disputed 0' \
	good.cbor "$other" "$chain"
is 'another chain is refused' \
	'pin_mismatch at 0: 0 entries, , pending 0 , held 0, disputed 0' \
	good.cbor "$root" "$other"
is 'an early release is refused' \
	"too_early at $((entries + 3)): 0 entries, , pending 0 , held 0, disputed 0" \
	early.cbor "$root" "$chain"
head -c 5000 good.cbor >torn.cbor
env -i ./verify torn.cbor "$root" "$chain" | grep -q '^cbor_truncated at ' &&
	ok 'a torn file is refused' || no 'a torn file is refused'
: >empty.cbor
is 'nothing is no chain' \
	'chain_empty at 0: 0 entries, , pending 0 , held 0, disputed 0' \
	empty.cbor "$root" "$chain"
exit $bad
