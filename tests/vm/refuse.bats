# SPDX-License-Identifier: GPL-2.0-only
# A kernel below the floor (Linux 5.10: its tracing programs have no socket cookie). Runs in that guest only.
bats_require_minimum_version 1.5.0
: "${O:=$BATS_TEST_DIRNAME/../../build}"
: "${TWTRACE:=$O/twtrace}"

# One sentence that names the running kernel and the one needed, nothing on standard output, exit code 3.
refused() { # ARG...
	run -3 --separate-stderr "$TWTRACE" "$@"
	[[ -z $output ]] || { echo "on standard output: $output"; return 1; }
	# shellcheck disable=SC2154 # set by run
	((${#stderr_lines[@]} == 1)) || { echo "not one line: $stderr"; return 1; }
	[[ $stderr == *"$(uname -r)"* && $stderr == *"Linux 5.15"* ]] || { echo "does not say what is needed: $stderr"; return 1; }
}

@test "refuse: stream, count and features say what kernel is needed, exit code 3" {
	refused stream
	refused count -j 1 1
	refused features
}

@test "refuse: recording is refused before the file is made" {
	refused -w "$BATS_TEST_TMPDIR/recording" stream
	[[ ! -e $BATS_TEST_TMPDIR/recording ]]
}

@test "refuse: help and version need no kernel" {
	"$TWTRACE" --help | grep -q '^Usage\|^usage'
	"$TWTRACE" --version | grep -q "$(uname -r)"
}
