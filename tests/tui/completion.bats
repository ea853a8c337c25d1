#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Completion in the real shells, on a terminal: a line is typed, Tab and Enter are pressed, and what twtrace would have been called
# with is looked at.
load ../lib/tui_setup

COMPLETIONS=$(realpath "$BATS_TEST_DIRNAME/../../contrib/completions")

setup() {
	T=$BATS_TEST_TMPDIR
	mkdir "$T/bin" "$T/zsh" "$T/home"
	# Says what it was called with, each word in <>; completes as the program does.
	cat > "$T/bin/twtrace" <<- 'END'
		#!/bin/sh
		[ "$1" != --complete ] || exec "$REAL" "$@"
		printf '<%s>' "$@"
		echo
	END
	cp "$T/bin/twtrace" "$T/bin/zqprogram"
	chmod +x "$T"/bin/*
	cp "$COMPLETIONS/_twtrace" "$T/zsh/"
	cp "$REC" "$T/rec.twr"
}

teardown() {
	tui_cleanup
	[[ -z ${STRANGER:-} ]] || kill "$STRANGER"
	[[ -z ${NETNS:-} ]] || ip netns del "$NETNS"
}

shell_start() { # COMMAND LINE... of a shell, then what it is to read first
	TUI_N=$((${TUI_N:-0} + 1))
	: > "$T/tui.err"
	tui_tmux new-session -d -x 150 -y 50 "cd $(printf %q "$T") && env -u ENV -u FPATH HOME=$T/home LC_ALL=C.UTF-8 \
		PATH=$T/bin:$PATH REAL=$TWTRACE fish_greeting= $1"
	tui_tmux set -g status off
	keys "$2" Enter
	keys "echo rea''dy" Enter
	shows '^ready'
}

start_bash() { shell_start "bash --norc --noprofile -i" ". $COMPLETIONS/twtrace.bash"; }
start_zsh() { shell_start "zsh -f -i" "fpath=($T/zsh \$fpath); autoload -U compinit; compinit -u -D"; }
start_fish() { shell_start "fish --no-config -i" "source $COMPLETIONS/twtrace.fish"; }

# What is typed, then Tab, becomes these words.
becomes() { # TYPED WORD...
	local typed=$1 word=
	shift
	printf -v word '<%s>' "$@"
	keys C-l
	typed "twtrace $typed"
	keys Tab Enter
	tui_until screen_has "$word" || fail "\"$typed\" and Tab: no $word"$'\n'"$(screen)"
}
screen_has() { screen | grep -qxF -- "$1"; }

completes_all() {
	becomes 'clos' closers
	becomes 'closers --stu' closers --stuck
	becomes 'stream --stu' stream --stu			# not an option of stream
	becomes 'closers --sort simu' closers --sort simultaneous
	becomes 'listeners --sort half' listeners --sort half_open
	becomes 'closers --color=alw' closers --color=always
	becomes 'closers --by raddr:' closers --by raddr:rport
	becomes 'count --by lp' count --by lport
	becomes 'top --pane dest' top --pane destinations
	becomes '--state time-w' --state time-wait
	becomes '--state time-wait,close-' --state time-wait,close-wait
	becomes 'hist time-' hist time-wait
	becomes 'hist --unit u' hist --unit us
	becomes '-N sel' -N self
	becomes '-r rec.t' -r rec.twr
	becomes 'hist --compare rec.t' hist --compare rec.twr
	becomes '--read=rec.t' --read=rec.twr
	becomes 'record rec.t' record rec.twr
	becomes 'count -- zqprog' count -- zqprogram		# and what it takes are files
	becomes 'count -- zqprogram rec.t' count -- zqprogram rec.twr

	# A process may be called what it likes: a word, never a command.
	cp "$(command -v tail)" "$T/zq\$(:>pwn);b c"
	"$T/zq\$(:>pwn);b c" -f /dev/null 3>&- &
	STRANGER=$!
	becomes '--comm zq' --comm 'zq$(:>pwn);b c'
	[[ ! -e $T/pwn ]] || fail "the name of a process was evaluated"
	becomes "-p $STRANGER" -p "$STRANGER"
	if ((EUID == 0)); then
		NETNS=zq-twt-$$
		ip netns add "$NETNS"
		becomes '-N zq' -N "$NETNS"
	fi
}

@test "completion: bash" {
	start_bash
	completes_all
	# All that is possible.
	keys C-l
	typed 'twtrace '
	keys Tab Tab
	shows 'closers .*count|count .*closers'
}

@test "completion: zsh" {
	command -v zsh > /dev/null || skip "zsh is not installed"
	start_zsh
	completes_all
	keys C-l
	typed 'twtrace '
	keys Tab
	shows 'closers +-- who closes first'
}

@test "completion: fish" {
	command -v fish > /dev/null || skip "fish is not installed"
	start_fish
	completes_all
	keys C-l
	typed 'twtrace '
	keys Tab
	shows 'closers +\(who closes first'
}

@test "completion: what is offered" {
	"$TWTRACE" --complete -p '' | grep -qxF -- "$$"$'\t'"$(< /proc/$$/comm)" || fail "-p does not offer this process"
	# What would move the cursor or is no UTF-8 is not printed.
	cp "$(command -v tail)" "$T/"$'zq\e[1m\xff'
	"$T/"$'zq\e[1m\xff' -f /dev/null 3>&- &
	STRANGER=$!
	assert_eq "$("$TWTRACE" --complete --comm zq)" $'zq?[1m?\t' "a hostile name"
}
