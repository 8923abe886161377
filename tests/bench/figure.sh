# SPDX-License-Identifier: ISC
# For bench_*.sh, to be read with `.`.  Figures are ratios of things measured
# side by side in one run, rounds interleaved, and medians of the rounds.

# figure NAME VALUE TARGET: one line, "name value target ok|short".  TARGET is
# ">=3" or "<=1.25"; a target of "-" is only shown.
figure() {
	echo "$1 $2 $3" | awk '{
		t = $3
		n = t
		sub(/^[<>]=/, "", n)
		good = t == "-" || (t ~ /^>=/ && $2 + 0 >= n + 0) ||
		    (t ~ /^<=/ && $2 + 0 <= n + 0)
		print $1, $2, $3, (good ? "ok" : "short")
	}'
}

# median: of the numbers on stdin, one a line.
median() {
	sort -g | awk '{ v[NR] = $1 } END {
		if (NR == 0) exit 1
		printf "%.3f\n", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
	}'
}

# ratios FILE I J: column I over column J of each line.
ratios() {
	awk -v i="$2" -v j="$3" '{ printf "%.6f\n", $i / $j }' "$1"
}

# column FILE I
column() {
	awk -v i="$2" '{ print $i }' "$1"
}
