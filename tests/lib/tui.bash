# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The screen in a terminal of its own (tmux): keys in, what is shown out. To be sourced by tests/tui/*.bats and by live tests.
# Nothing waits by the clock: a test looks until the screen shows what it should, at most so many seconds.

# shellcheck source=tests/lib/assert.bash
. "$(dirname "${BASH_SOURCE[0]}")/assert.bash"

# Each terminal has a tmux server of its own, so that it ends with the test and sees nobody's configuration. Each server has a
# socket of its own: one that is about to end would take the next one's commands.
tui_tmux() { tmux -S "$T/tmux.$TUI_N" -f /dev/null "$@"; }

# tui_start COLSxROWS [NAME=VALUE...] ARG...: twtrace ARG... in a terminal of this size. The variables are its environment;
# LC_ALL is C.UTF-8 unless one of them says otherwise. Needs $T. Its streams: $T/tui.err.
tui_start() {
	local size=$1 vars=()
	shift
	while [[ ${1:-} == [A-Z]*=* ]]; do
		vars+=("$1")
		shift
	done
	tui_end
	TUI_N=$((${TUI_N:-0} + 1))
	rm -f "$T"/tui.{pid,status,before,after}
	cat > "$T/tui.sh" <<- END
		cd $(printf %q "$T") || exit
		set -m
		stty -a | sed 1d > tui.before
		bash -c 'echo \$\$ > tui.pid; exec "\$@"' - env -u NO_COLOR $(printf '%q ' LC_ALL=C.UTF-8 TZ=UTC "${vars[@]}" \
			"$TWTRACE" "$@") 2> tui.err
		echo \$? > tui.status
		stty -a | sed 1d > tui.after
		echo "exit status \$(< tui.status)"
		while read -r line; do eval "\$line"; done
	END
	tui_tmux new-session -d -x "${size%x*}" -y "${size#*x}" "bash --norc $T/tui.sh"
	tui_tmux set -g status off
	tui_tmux resize-window -x "${size%x*}" -y "${size#*x}"
}

screen() { tui_tmux capture-pane -p; }

tui_pid() { cat "$T/tui.pid"; }

# A moment, without a process: until the next look.
tui_breathe() { read -rt 0.03 <> <(:) || true; }

# Look until COMMAND... succeeds, at most TUI_SECONDS (15).
tui_until() {
	local end=$((SECONDS + ${TUI_SECONDS:-15}))
	until "$@"; do
		((SECONDS < end)) || return 1
		tui_breathe
	done
}

tui_matches() { screen | grep -qE -- "$1"; }
tui_matches_not() { ! tui_matches "$1"; }

# Wait until a line of the screen matches (grep -E).
shows() {
	tui_until tui_matches "$1" || fail "not on the screen: /$1/"$'\n'"$(screen)"
}

# Wait until none does.
shows_not() {
	tui_until tui_matches_not "$1" || fail "still on the screen: /$1/"$'\n'"$(screen)"
}

# What is shown now is all that comes: no line matches.
lacks() { # REGEX WHAT
	tui_matches_not "$1" || fail "$2: /$1/ is on the screen"$'\n'"$(screen)"
}

keys() { tui_tmux send-keys -- "$@"; }
typed() { tui_tmux send-keys -l -- "$1"; }

# The number that the header shows for a state.
header_count() { # STATE
	screen | sed -n 3,7p | grep -oE "(^| )$1 +[0-9,.]+[MG]?" | awk '{ gsub(",", "", $2); print $2 }'
}

tui_ended() { [[ -s $T/tui.after ]]; }

# Wait for its end, and look at what it left behind: exit status, terminal modes, main screen, visible cursor.
tui_ends() { # STATUS
	tui_until tui_ended || fail "it does not end"$'\n'"$(screen)" || return 1
	assert_eq "$(< "$T/tui.status")" "$1" "exit status ($(tail -n 3 "$T/tui.err"))" || return 1
	diff "$T/tui.before" "$T/tui.after" || fail "the terminal's modes differ" || return 1
	shows "exit status $1" || return 1
	assert_eq "$(tui_tmux display -p '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}')" "0 1 0" \
		"alternate screen, cursor shown, cursor keys' mode"
}

tui_quit() {
	keys q
	tui_ends 0
}

# The terminal goes away, and with it whatever runs in it.
tui_end() {
	[[ -n ${TUI_N:-} ]] || return 0
	tui_tmux kill-server 2> /dev/null || true
}

tui_cleanup() {
	[[ -n ${TUI_N:-} ]] || return 0
	[[ -n ${BATS_TEST_COMPLETED:-} ]] || { screen 2> /dev/null; cat "$T/tui.err" 2> /dev/null; } || true
	tui_end
}
