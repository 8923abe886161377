# SPDX-License-Identifier: ISC
# A table of a page whose rows a script tries, each: source this after
# expect.sh, with the current folder where files may be made.
#   table_open PAGE MARK   the table behind <!-- MARK: ... -->
#   table_row TEXT         finds the one row with that text, which is tried now
#   table_cell N           its cell, without the backquotes around it
#   table_tried            every row was tried
tried=

table_open() {
	awk -v mark="<!-- $2:" 'index($0, mark) == 1 { on = 1 } /^## / { on = 0 }
		on && /^\|/' "$1" | sed 1,2d >rows
}
table_row() {
	grep -F -- "$1" rows >row
	[ "$(wc -l <row)" -eq 1 ] || { fail "no one row $1"; return 1; }
	tried="$tried
$(cat row)"
}
table_cell() {
	cut -d'|' -f$(($1 + 1)) row | sed 's/^ *`*//; s/`* *$//'
}
table_tried() {
	[ "$(echo "$tried" | sed 1d | sort)" = "$(sort rows)" ] &&
		echo "ok - every row was tried" || fail "a row was not tried"
}
