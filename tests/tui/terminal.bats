#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Terminals of all kinds, and that they are as before when we are gone, whatever ended us.
load ../lib/tui_setup

@test "terminal: q leaves it as it was" {
	replayed 80x24
	tui_quit
}

@test "terminal: SIGTERM, SIGINT, SIGHUP and ^C end it well, with a summary" {
	local signal
	for signal in TERM INT HUP; do
		replayed 80x24 --pane connections
		kill "-$signal" "$(tui_pid)"
		tui_ends 0
		grep -q '^connections: ' "$T/tui.err" || fail "no summary after $signal"
	done
	replayed 80x24
	keys C-c
	tui_ends 0
}

is_gone() { [[ ! -e /proc/$1 ]]; }

@test "terminal: it ends when its terminal goes away" {
	local pid
	replayed 80x24
	pid=$(tui_pid)
	tui_end
	tui_until is_gone "$pid" || { kill -KILL "$pid"; fail "it goes on without a terminal"; }
}

@test "terminal: a crash gives it back, and is still a crash" {
	local signal
	for signal in SEGV:139 ABRT:134 BUS:135 FPE:136 ILL:132 QUIT:131 XCPU:152 USR2:140; do
		replayed 80x24 --pane events
		kill "-${signal%:*}" "$(tui_pid)"
		tui_ends "${signal#*:}"
	done
}

@test "terminal: an end by -d, and by a view that fails, gives it back" {
	tui_start 80x24 -r "$REC" --speed max -d 5 top
	tui_ends 0
	tui_start 80x24 -r "$REC" --speed max -w /dev/full top
	tui_ends 1
	grep -q 'cannot write /dev/full: No space left on device' "$T/tui.err" || fail "$(< "$T/tui.err")"
}

@test "terminal: a recording that is damaged shows what came before, then says so" {
	zcat "$REC" | head -c 100000 > "$T/cut.twr"
	tui_start 80x24 -r "$T/cut.twr" --speed max top
	tui_ends 1
	grep -q 'cut.twr is cut off after' "$T/tui.err" || fail "$(< "$T/tui.err")"
}

@test "terminal: ^Z stops it and gives the terminal back; fg goes on" {
	replayed 80x24
	keys C-z
	shows 'exit status 147'		# 128 + SIGSTOP: the shell has the terminal
	assert_eq "$(tui_tmux display -p '#{alternate_on} #{cursor_flag}')" "0 1" "alternate screen, cursor"
	typed fg
	keys Enter
	shows '^ twtrace .*end of replay'
	assert_eq "$(tui_tmux display -p '#{alternate_on}')" 1 "alternate screen"
	keys 2
	shows '^ +PID COMM'
	keys q
	tui_until tui_matches_not '^ twtrace'
	assert_eq "$(tui_tmux display -p '#{alternate_on} #{cursor_flag}')" "0 1" "alternate screen, cursor"
}

resize() { tui_tmux resize-window -x "${1%x*}" -y "${1#*x}"; }

@test "terminal: resizes, up and down and up" {
	replayed 80x24
	shows '^STATE +NOW'
	resize 160x50
	shows 'connect\(\)'
	shows '^\? help .*\+- interval'
	assert_eq "$(screen | grep -n '? help' | cut -d: -f1)" 50 "the bottom line"
	resize 100x30
	shows_not '^STATE +NOW'
	shows 'TIME_WAIT ends by'
	resize 81x25
	shows '^STATE +NOW'
	assert_eq "$(screen | grep -n '? help' | cut -d: -f1)" 25 "the bottom line"
	resize 30x8
	shows 'make me larger'
	resize 300x100
	shows 'connect\(\)'
	keys 3
	shows '^STATE +FOR'
	tui_quit
}

@test "terminal: a long list stays where it is through a resize" {
	replayed 80x24 --pane connections
	keys End
	shows '^LISTEN'
	resize 100x60
	shows '^LISTEN'
	assert_eq "$(screen | grep -n '^LISTEN' | tail -n 1 | cut -d: -f1)" 59 "the last row, above the bottom line"
	resize 80x24
	shows '^LISTEN'
}

colours() { tui_tmux capture-pane -pe | grep -cE $'\e\\[[0-9;]*(3[0-7]|4[0-7]|38|48)[;m]'; }

@test "terminal: 256 colours, 16, 8, none by NO_COLOR and --color=never" {
	replayed 80x24 TERM=screen-256color
	tui_tmux capture-pane -pe | grep -qE $'\e\\[[0-9;]*[34]8;5;' || fail "not 256 colours"
	local term
	# Few systems describe a terminal of 16 colours.
	cat > "$T/sixteen.ti" <<- 'END'
		sixteen|screen with 16 colours, colors#16, pairs#256, use=screen,
		 setab=\E[%?%p1%{8}%<%t%p1%{40}%+%e%p1%{92}%+%;%dm, setaf=\E[%?%p1%{8}%<%t%p1%{30}%+%e%p1%{82}%+%;%dm,
	END
	tic -x -o "$T/terminfo" "$T/sixteen.ti"
	assert_eq "$(TERMINFO=$T/terminfo tput -T sixteen colors)" 16 "colours of the terminal"
	for term in sixteen screen; do
		replayed 80x24 "TERM=$term" "TERMINFO_DIRS=$T/terminfo:/etc/terminfo:/lib/terminfo:/usr/share/terminfo"
		(($(colours) > 5)) || fail "$term: no colours"
		! tui_tmux capture-pane -pe | grep -qE $'\e\\[[0-9;]*[34]8;5;' || fail "$term: 256 colours"
	done
	replayed 80x24 TERM=screen-256color NO_COLOR=1
	assert_eq "$(colours)" 0 "lines with colours, NO_COLOR"
	replayed 80x24 --color=never
	assert_eq "$(colours)" 0 "lines with colours, --color=never"
	replayed 80x24 TERM=vt100
	assert_eq "$(colours)" 0 "lines with colours, vt100"
}

@test "terminal: losses are red" {
	local sizes
	"$TOOLS/crowd" 10 1 > "$T/sound.twr"
	"$TOOLS/crowd" 10 1 0 7 > "$T/lossy.twr"
	tui_start 80x24 TERM=screen-256color -r "$T/lossy.twr" --speed max top
	shows 'lost 7 ring_full'
	tui_tmux capture-pane -pe | grep -qE $'\e\\[[0-9;]*48;5;160[0-9;]*mlost 7 ring_full' || fail "not red"$'\n'"$(tui_tmux capture-pane -pe | sed -n 2p)"
	tui_start 80x24 TERM=screen-256color -r "$T/sound.twr" --speed max top
	shows 'end of replay'
	tui_tmux capture-pane -pe | grep -qE $'\e\\[[0-9;]*38;5;77mlost 0' || fail "not green"
	sizes=$(wc -c < "$T/sound.twr")
	((sizes > 1000))
}

@test "terminal: --ascii in a UTF-8 locale" {
	replayed 160x50 --ascii
	! LC_ALL=C grep '[^ -~]' <(screen) || fail "not ASCII"
	shows '\+---LISTEN'
	keys 5
	shows '^PHASE'
	! LC_ALL=C grep '[^ -~]' <(screen) || fail "not ASCII"
}

@test "terminal: TERM=dumb and no TERM: one line for each transition" {
	tui_start 150x24 TERM=dumb -r "$REC" -q
	tui_ends 0
	assert_eq "$(tui_tmux display -p '#{alternate_on}')" 0 "alternate screen"
	tui_tmux capture-pane -pS - | grep -q 'FIN_WAIT1 *-> FIN_WAIT2' || fail "no stream"
	tui_start 80x24 TERM=dumb -r "$REC" -q top
	tui_ends 0
	grep -q 'this is no terminal that can show a screen' "$T/tui.err" || fail "$(< "$T/tui.err")"
}

@test "terminal: an unknown TERM is an error that says what to do" {
	tui_start 80x24 TERM=no-such-terminal -r "$REC" top
	tui_ends 1
	grep -q "nothing is known about a terminal of type 'no-such-terminal': set TERM" "$T/tui.err" || fail "$(< "$T/tui.err")"
}

@test "terminal: into a pipe it is stream" {
	run -0 --separate-stderr "$TWTRACE" -q -r "$REC"
	[[ ${lines[0]} == TIME* ]]
	run -0 --separate-stderr "$TWTRACE" -r "$REC" top
	# shellcheck disable=SC2154 # set by run
	[[ ${lines[0]} == TIME* && $stderr == *"standard output is no terminal that can show a screen"* ]]
}

@test "terminal: no command is top; options that only lines have make it stream" {
	tui_start 80x24 -r "$REC" --speed max
	shows '^ twtrace .*end of replay'
	tui_quit
	tui_start 80x24 -r "$REC" -q --wide
	tui_ends 0
	assert_eq "$(tui_tmux display -p '#{alternate_on}')" 0 "alternate screen"
	tui_start 80x24 -r "$REC" -q -j
	tui_ends 0
	tui_tmux capture-pane -pS - | grep -q '"event":"summary"' || fail "no JSON"
}

@test "terminal: keys come from the terminal where the recording comes by a pipe" {
	mkfifo "$T/pipe"
	cat "$REC" > "$T/pipe" &
	tui_start 80x24 -r "$T/pipe" --speed max top
	shows 'end of replay'
	keys 2
	shows '^ +PID COMM'
	tui_quit
	wait
}

@test "terminal: bad options" {
	run -64 "$TWTRACE" -r "$REC" --pane=nonsense top
	[[ $output == *"bad argument 'nonsense' of --pane; it is states, processes"* ]]
	run -64 "$TWTRACE" -r "$REC" --speed=fast top
	[[ $output == *"bad argument 'fast' of --speed; give 1"* ]]
	run -64 "$TWTRACE" -r "$REC" -j top
	[[ $output == *"a screen is not JSON; for that use: twtrace stream -j"* ]]
	run -64 "$TWTRACE" -r "$REC" --pane=states count
	[[ $output == *"'--pane' has no meaning for count"* ]]
}
