#!/bin/sh
# SPDX-License-Identifier: ISC
# Two judges, one format: what chain/ says of entries, good and bad, a second
# verifier says too that was written from FORMAT.md alone.
# SEEDS=1000 tests/cli/second-verifier.sh for a longer run.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
command -v python3 >/dev/null || { echo 'skipped - no python3'; exit 77; }
bad=0
i=0
while [ "$i" -lt "${SEEDS:-12}" ]; do
	i=$((i + 1))
	said=$("$B/tests/tools/chain_attempts" "$i" "${COUNT:-300}" |
		python3 -B tests/second/judge.py) || bad=1
	echo "$said" | sed "s/^ok /ok - seed $i: /; s/^not ok /not ok - seed $i: /"
	said=$("$B/tests/tools/note_attempts" "$i" "${COUNT:-300}" |
		python3 -B tests/second/logs.py) || bad=1
	echo "$said" | sed "s/^ok /ok - logs, seed $i: /; s/^not ok /not ok - logs, seed $i: /"
done
exit $bad
