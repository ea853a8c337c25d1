// SPDX-License-Identifier: GPL-2.0-only
// Numbers, times and addresses as people read them: as core/text/fmt.c and brief.c write them, so that the page, its plain tables and the terminal agree.

export const UNKNOWN = "-";

function two(n) {
	return String(n).padStart(2, "0");
}

// "1,234,567"
export function fmtCount(n) {
	return String(Math.trunc(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

// Per second, in five columns at most: "0", "<0.1", "12.3", "1.2k". What is not zero never shows as "0".
export function fmtRate(r) {
	if (!(r > 0))
		return "0";
	if (r < 0.1)
		return "<0.1";
	if (r < 99.95)
		return r.toFixed(1);
	if (r < 999.5)
		return r.toFixed(0);
	const units = ["k", "M", "G", "T", "P"];
	let unit = 0;
	for (r /= 1000; r >= 999.5 && unit < units.length - 1; r /= 1000)
		unit++;
	return r.toFixed(r < 99.95 ? 1 : 0) + units[unit];
}

// A duration in a unit that suits it, chosen after rounding: "17us", "1.234ms", "61.519s", "59m07s", "2h05m", "3d04h".
export function fmtDuration(ns) {
	const us = Math.round(ns / 1e3), ms = Math.round(ns / 1e6), s = Math.round(ns / 1e9);
	const min = Math.round(ns / 6e10), h = Math.round(ns / 3.6e12);
	if (ns < 1000)
		return Math.trunc(ns) + "ns";
	if (us < 1000)
		return us + "us";
	if (us < 1e6)
		return (us / 1e3).toFixed(3) + "ms";
	if (ms < 6e5)
		return (ms / 1e3).toFixed(3) + "s";
	if (s < 3600)
		return Math.trunc(s / 60) + "m" + two(s % 60) + "s";
	if (min < 48 * 60)
		return Math.trunc(min / 60) + "h" + two(min % 60) + "m";
	return Math.trunc(h / 24) + "d" + two(h % 24) + "h";
}

// A share of one, as percent.
export function fmtShare(x) {
	return (x * 100).toFixed(1) + "%";
}

export function fmtEndpoint(addr, port) {
	const host = addr.includes(":") ? "[" + addr + "]" : addr;
	return host + ":" + (port === null || port === undefined ? "*" : port);
}

// The time of day out of RFC 3339, to the millisecond: "09:15:02.123".
export function fmtClock(rfc3339) {
	return rfc3339.slice(11, 23);
}
