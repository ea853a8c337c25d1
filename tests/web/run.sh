#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [NAME]: the live page and the report in a real browser, in a network namespace of its own; TAP on standard output. NAME: tests with that in their name.
# UPDATE=1 renews the picture that README shows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export TWTRACE=${TWTRACE:-$PWD/build/twtrace} SHOTS=${O:-$PWD/build}/test/web
mkdir -p "$SHOTS"
# shellcheck disable=SC2016 # for the shell in the namespace
exec unshare -n sh -c 'ip link set lo up && rc=0 && for t in page report; do /usr/bin/python3 -B tests/web/$t.py "$@" || rc=1; done; exit $rc' sh "$@"
