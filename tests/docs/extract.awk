# SPDX-License-Identifier: GPL-2.0-only
#
# extract.awk FILE...: the command lines that documents name, one a line: FILE:LINE, a tab, the command line.
#
# Markdown: lines of ```sh blocks; in other blocks those that begin with "$ "; and inline code that reads like a command: a
# program in lower case with arguments, or a path of the tree that can be run. roff: bold text of two words and more whose
# first is one of `programs` or `commands`.
# Variables, words between blanks: programs; commands, those of twtrace, which may stand alone where an argument follows.

function emit(text) {
	sub(/[ \t]+#[ \t].*/, "", text)
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	if (text != "")
		print FILENAME ":" FNR "\t" text
}

function known(word, list) { return index(" " list " ", " " word " ") > 0 }

function span(text,   words, n, i) {
	gsub(/\\\|/, "|", text)		# as tables need it
	n = split(text, words, /[ \t]+/)
	i = 1
	while (i <= n && words[i] ~ /^[A-Za-z_]+=/)
		i++
	if (words[i] == "sudo")
		i++
	if (i > n || known(words[i], "struct enum union const static goto"))	# C
		return
	if (i == n && !known(words[i], "twtrace make") && words[i] !~ /^(tests|contrib|\.ci)\/.*[^\/]$/)
		return
	if (i == n && words[i] ~ /\// && system("test -f " words[i] " -a -x " words[i]) != 0)
		return
	if (i < n && (words[i] !~ /^[a-z.][a-z0-9_.\/+-]*$/ || words[i + 1] !~ /^[A-Za-z0-9.\/|'"-]/))
		return
	emit(text)
}

function bold(text,   words) {
	gsub(/\\-/, "-", text)
	gsub(/\\\(aq/, "'", text)
	gsub(/\\\(dq/, "\"", text)
	gsub(/\\(f.|&)/, "", text)
	gsub(/\\e/, "\\", text)
	gsub(/^[ \t]+/, "", text)
	split(text, words, /[ \t]+/)
	if (words[2] != "" && (known(words[1], programs) || known(words[1], commands)))
		emit(text)
}

FNR == 1 { fence = shell = literal = 0; roff = FILENAME ~ /\.[1-9]$/ }

roff && /^\.(EX|nf)/ { literal = 1 }
roff && /^\.(EE|fi)/ { literal = 0 }
roff && /^\.B[ \t]/ && !/"/ { bold(substr($0, 3)); next }
roff && /^\.[BRI]+[ \t].*"/ {
	n = split($0, part, "\"")
	for (i = 2; i <= n; i += 2)
		bold(part[i])
	next
}
roff { if (literal && /^[ \t]*(sudo|make) /) bold($0); next }

/^[ \t]*```/ { fence = !fence; shell = fence && /```(sh|bash|console)[ \t]*$/; next }
fence && /^[ \t]*\$ / { sub(/^[ \t]*\$ /, ""); emit($0); next }
fence && shell && !/^[ \t]*(#|$)/ { emit($0); next }
fence && /^[ \t]*(sudo|make) / { print FILENAME ":" FNR "\tthis block names commands: mark it as ```sh: " $0; next }
fence { next }
{
	n = split($0, part, "`")
	for (i = 2; i <= n; i += 2)
		span(part[i])
}
