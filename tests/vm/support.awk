# SPDX-License-Identifier: GPL-2.0-only
# The support table in Markdown. Reads "features|SERIES|VERSION|LINE" (what `twtrace features` printed in that guest) and the
# results, "SERIES|ok, not ok or skip|TEST|REASON".

BEGIN { FS = "|" }

$1 == "features" {
	if (!($2 in version))
		order[++n] = $2
	version[$2] = $3
	hook = substr($4, 7, 32)
	sub(/^(tp_btf|iter)\//, "", hook)
	sub(/ +$/, "", hook)
	if ($4 ~ /^yes/)
		loaded[$2]++
	else if ($4 ~ /^no / && !seen[$2, hook]++)
		absent[$2] = absent[$2] (absent[$2] ? ", " : "") "`" hook "`"
	else if ($4 ~ /^twtrace: /)
		refused[$2] = 1
	next
}

$2 == "ok" { passed[$1]++; total[$1]++ }
$2 == "not ok" { total[$1]++ }

END {
	print "| Debian's kernel | hooks loaded | not offered by it | tests passed |"
	print "|---|---|---|---|"
	for (i = 1; i <= n; i++) {
		k = order[i]
		if (refused[k])
			printf "| %s | refused, exit code 3 | | %d of %d |\n", version[k], passed[k], total[k]
		else
			printf "| %s | %d | %s | %d of %d |\n", version[k], loaded[k], absent[k], passed[k], total[k]
	}
}
