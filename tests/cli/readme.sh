#!/bin/sh
# SPDX-License-Identifier: ISC
# The README's tutorial, every sh block of it as it stands, on a stack of its
# own: broken when a newcomer could not follow it to its end.
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
. tests/lib/pg.sh
if [ -z "${ENCL_OPS:-}" ]; then
	[ -n "$(pg_bin)" ] || {
		echo "skipped there is no PostgreSQL server here"
		exit 77
	}
	# Below a folder that nobody else may enter, such as a home: where root
	# runs it, the cluster has to be elsewhere.
	top_data=$(mktemp -d /var/tmp/encl-readme.XXXXXX)
	data=$top_data/data
	trap 'rm -rf "$(readlink -f "$data/pg")" "$top_data"' EXIT
	ENCL_DATA=$data ENCL_ONCE=$top/tests/cli/readme.sh scripts/dev || exit 1
	echo "ok - the tutorial of the README"
	exit 0
fi
# On the stack now.  The tutorial speaks of data/, below the project's folder.
home=$ENCL_DATA/home
mkdir "$home"
ln -s "$ENCL_DATA" "$home/data"
export ENCL_YES=1 XDG_STATE_HOME="$home" XDG_CONFIG_HOME="$home"
# The stack brings back a signer that ended by itself, before the story begins.
kill -9 "$(cat "$ENCL_DATA/run/signer.pid")"
. tests/lib/wait.sh
signs_again() { encl key generate server:again >/dev/null 2>&1; }
comes signs_again || {
	echo "not ok - encl-signer came back"
	exit 1
}
echo "ok - encl-signer came back"
awk '/^<!-- tutorial/ { on = 1 } /^<!-- end/ { on = 0 }
	/^```/ { sh = on && $0 == "```sh"; next } sh' README.md >"$home/tutorial"
[ "$(wc -l <"$home/tutorial")" -gt 20 ] || {
	echo "not ok - there is no tutorial in README.md"
	exit 1
}
cd "$home" && exec sh -ex ./tutorial
