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

# A chain with witnesses, by a client that knows what time it is.
mkdir w
"$B/tests/tools/chain_witnessed" w 1900000000 || exit 1
. ./w/names
cat >fresh.c <<'C'
#include <encl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(int argc, char **argv)
{
	static unsigned char file[1 << 20], note[1 << 14], root[32];
	struct encl_options o = { 0 };
	struct encl_result r;
	unsigned x;

	for (int i = 0; i < 32; i++)
		sscanf(argv[2] + 2 * i, "%2x", &x), root[i] = (unsigned char)x;
	o.root = root, o.root_n = 1;
	if (strtoull(argv[3], NULL, 10) > 0) {
		o.level = ENCL_FRESH, o.max_age = 3600000;
		o.now = strtoull(argv[3], NULL, 10) * 1000;
	}
	if (argc > 4) {
		o.checkpoint.p = note;
		o.checkpoint.n = fread(note, 1, sizeof note, fopen(argv[4], "rb"));
	}
	encl_verify_chain(malloc(encl_verifier_size()), &o, file,
	    fread(file, 1, sizeof file, fopen(argv[1], "rb")), &r);
	printf("%s, level %d, witnessed %d at %llu, waiting %d\n", r.code,
	    (int)r.level, r.witnessed, (unsigned long long)r.witnessed_at,
	    r.waiting);
	return 0;
}
C
${CC:-cc} -Wall -o fresh fresh.c $(pkg-config --cflags --libs encl) ||
	no 'a second program is built'
# fresh NAME WANT FILE SECOND [CHECKPOINT]
fresh() {
	name=$1 want=$2 file=$3
	shift 3
	got=$(env -i ./fresh "w/$file" "$root" "$@")
	if [ "$got" = "$want" ]; then ok "$name"; else no "$name: $got"; fi
}
fresh 'witnessed changes are public' \
	'ok, level 3, witnessed 1 at 0, waiting 1' good.cbor 0
fresh 'the checkpoint of the file is told of' \
	'ok, level 3, witnessed 1 at 1900000000999, waiting 0' fresh.cbor 0
fresh 'the newest history is fresh' \
	'ok, level 4, witnessed 1 at 1900000000999, waiting 0' \
	fresh.cbor 1900003600
fresh 'an hour later it is stale' \
	'checkpoint_stale, level 0, witnessed 0 at 0, waiting 0' \
	fresh.cbor 1900003601
fresh 'a checkpoint from elsewhere makes it fresh' \
	'ok, level 4, witnessed 1 at 1900000000999, waiting 0' \
	good.cbor 1900000000 w/fresh.checkpoint
fresh 'a server that hides the newest entry is caught by its own clock' \
	'checkpoint_stale, level 0, witnessed 0 at 0, waiting 0' \
	hidden.cbor 1900000000
fresh 'and by a witness' \
	'checkpoint_size, level 0, witnessed 0 at 0, waiting 0' \
	hidden.cbor 1900000000 w/fresh.checkpoint
fresh 'a server that shows two histories is caught' \
	'checkpoint_root, level 0, witnessed 0 at 0, waiting 0' \
	two.cbor 1900000000 w/fresh.checkpoint
fresh 'a cosignature of nobody is refused' \
	'cosignature, level 0, witnessed 0 at 0, waiting 0' forged.cbor 0
fresh 'one witness of two is not enough' \
	'witnesses_few, level 0, witnessed 0 at 0, waiting 0' \
	few.cbor 1900000000
exit $bad
