#!/bin/sh
# SPDX-License-Identifier: ISC
# A database whose disk is full answers 503 and loses nothing; a revocation goes
# through as soon as there is room, with no restart.  The tables lie on a file
# system of 64 MiB; the log does not, as PostgreSQL stops itself without that.
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "skipped disk-full: not root"; exit 77; }
small=$(mktemp -d /tmp/encl-small.XXXXXX)
mount -t tmpfs -o size=64m encl-small "$small" 2>/dev/null || {
	rmdir "$small"
	echo "skipped disk-full: no file system can be mounted here"
	exit 77
}
trap 'umount -l "$small"; rmdir "$small"' EXIT
trap 'exit 1' INT TERM
owner=postgres
id -u $owner >/dev/null 2>&1 || owner=nobody
mkdir "$small/tables" && chown $owner "$small/tables"
export SMALL="$small" PG_TABLES="$small/tables"
tests/api/with-encld diskfull
