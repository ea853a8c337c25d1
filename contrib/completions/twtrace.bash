# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Completion of twtrace for bash. The program itself knows what can follow: twtrace --complete WORD...
#
# Installed as share/bash-completion/completions/twtrace; without that package: . twtrace.bash

_twtrace() {
	local rest=${COMP_LINE:0:COMP_POINT} blank word words=() last cut i value
	# bash splits words at = and : too (COMP_WORDBREAKS). What had no blanks between is one word.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		blank=${rest%%[![:blank:]]*}
		rest=${rest#"$blank"}
		((i < COMP_CWORD)) || word=$rest
		rest=${rest#"$word"}
		if ((i > 1)) && [[ -z $blank ]]; then
			words[-1]+=$word
		elif ((i > 0)); then
			words+=("$word")
		fi
	done
	last=${words[-1]}
	COMPREPLY=()
	# An open quote is left alone, backslashes are understood. Nothing is evaluated: it may be pasted, or the name of a process.
	[[ $last != *[\'\"]* ]] || return 0
	for i in "${!words[@]}"; do
		words[i]=${words[i]//\\/}
	done
	# Where they split words, only what follows the last = or : is replaced.
	cut=${words[-1]}
	for word in = :; do
		[[ $COMP_WORDBREAKS != *"$word"* ]] || cut=${cut##*"$word"}
	done
	cut=${words[-1]%"$cut"}
	while IFS=$'\t' read -r value _; do
		if [[ $value == :file ]]; then
			compopt -o default
			return 0
		elif [[ $value == :command ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$last" | sort -u)
			return 0
		fi
		printf -v value %q "${value#"$cut"}"
		COMPREPLY+=("$value")
	done < <("${COMP_WORDS[0]}" --complete "${words[@]}" 2> /dev/null)
}
complete -F _twtrace twtrace
