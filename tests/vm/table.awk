# SPDX-License-Identifier: GPL-2.0-only
# KERNEL|ok, not ok or skip|TEST|REASON lines -> a table kernel x test, the reasons, and the totals.

function version_key(v,	part) {
	split(v, part, ".")
	return part[1] * 1000 + part[2]
}

BEGIN { FS = "|" }

{
	if (!($1 in known_kernel)) {
		known_kernel[$1] = 1
		kernel[++kernels] = $1
	}
	if (!($3 in known_test)) {
		known_test[$3] = 1
		test[++tests] = $3
		if (length($3) > width)
			width = length($3)
	}
	cell[$3, $1] = $2 == "not ok" ? "FAIL" : $2
	count[$2]++
	if ($2 == "skip")
		why[++skips] = $1 ": " $3 ": " $4
}

END {
	for (i = 2; i <= kernels; i++)
		for (j = i; j > 1 && version_key(kernel[j]) < version_key(kernel[j - 1]); j--) {
			k = kernel[j]; kernel[j] = kernel[j - 1]; kernel[j - 1] = k
		}
	printf "#\n# %-*s", width, "test"
	for (i = 1; i <= kernels; i++)
		printf "  %6s", kernel[i]
	printf "\n"
	for (t = 1; t <= tests; t++) {
		printf "# %-*s", width, test[t]
		for (i = 1; i <= kernels; i++)
			printf "  %6s", (test[t], kernel[i]) in cell ? cell[test[t], kernel[i]] : "-"
		printf "\n"
	}
	for (i = 1; i <= skips; i++)
		printf "%s# skipped: %s\n", i == 1 ? "#\n" : "", why[i]
	printf "\n%d passed, %d failed, %d skipped\n", count["ok"], count["not ok"], count["skip"]
}
