# SPDX-License-Identifier: GPL-2.0-only
# Completion of twtrace for fish. The program itself knows what can follow: twtrace --complete WORD...
# Installed as share/fish/vendor_completions.d/twtrace.fish.

function __twtrace_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l lines ($words[1] --complete $words[2..] 2> /dev/null)
	if test (count $lines) -gt 0; and string match -q -- ':file*' $lines[1]
		set -l prefix (string split -m 1 \t -- $lines[1])[2]
		set -l typed (string sub -s (math (string length -- "$prefix") + 1) -- $words[-1])
		for f in (__fish_complete_path "$typed")
			printf '%s%s\n' "$prefix" $f
		end
	else if string match -q -- ':command*' "$lines[1]"
		complete -C (string escape -- $words[-1])
	else
		printf '%s\n' $lines
	end
end
complete -c twtrace -f -a '(__twtrace_complete)'
