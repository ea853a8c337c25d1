# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's archive, of any suite and architecture, for tests. The mirror is the host's own; its apt is left untouched: own lists, own cache. To be
# sourced by programs that print one sentence where this cannot work: die() is theirs.

# shellcheck disable=SC2034 # for those who source this
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/twtrace
LISTS_MAX_AGE=1440	# minutes

# The URIs of the host's entries: one for the archive, one for its security suites.
find_mirror() {
	local ID=''
	# shellcheck source=/dev/null
	[[ ! -r /etc/os-release ]] || . /etc/os-release
	[[ $ID == debian ]] || die "Debian's packages come from Debian's mirrors, which this distribution does not configure"
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2> /dev/null |
		awk '$2 ~ /-security$/ { sec = $1 } $2 !~ /-/ { main = $1 } END { print main; print sec }'
}

# Lists of suites, in the folder $apt, not older than a day; APT_CONFIG is set. Returns 1 if they were fresh already.
debian_lists() { # ARCH SUITE...
	local arch=$1 uris suite uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	shift
	: "${apt:?}"
	mkdir -p "$apt"/{sources,lists/partial,cache/archives/partial}
	export APT_CONFIG=$apt/apt.conf
	[[ -z $(find "$apt/updated" -mmin "-$LISTS_MAX_AGE" 2> /dev/null) ]] || return 1

	mapfile -t uris < <(APT_CONFIG='' find_mirror)
	[[ -n ${uris[0]:-} ]] || die "apt has no Debian mirror configured here"
	rm -f "$apt"/sources/*
	for suite; do
		uri=${uris[0]}
		[[ $suite != *-security ]] || uri=${uris[1]:-}
		[[ -n $uri ]] || continue
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite" > "$apt/sources/$suite.sources"
		[[ ! -r $keyring ]] || echo "Signed-By: $keyring" >> "$apt/sources/$suite.sources"
	done
	: > "$apt/status"
	cat > "$apt/apt.conf" <<-EOF
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::sourceparts "$apt/sources";
		Dir::State::lists "$apt/lists";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		APT::Architectures { "$arch"; };
		APT::Architecture "$arch";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "2";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	EOF
	# A suite that is gone makes apt fail after it has fetched the others: judge by what can be found.
	timeout 300 apt-get update -qq > "$apt/log" 2>&1 || true
}

# apt speaks in the locale's words and some output is parsed.
export LC_ALL=C
