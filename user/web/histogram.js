// SPDX-License-Identifier: GPL-2.0-only
// The times of one phase as a histogram, five bars for each power of ten, the axis the same for all phases: 1 us to 1000 s.
import { html, svg } from "./dom.js";
import { fmtCount, fmtDuration } from "./format.js";

const AXIS_FROM = 3, AXIS_TO = 12, BARS_A_DECADE = 5;	/* powers of ten, in ns */
const HIST_WIDTH = 450, HIST_HIGH = 110, HIST_FOOT = 16;

function placeOf(ns) {
	return Math.min(Math.max((Math.log10(Math.max(ns, 1)) - AXIS_FROM) / (AXIS_TO - AXIS_FROM), 0), 1);
}

// @buckets: [{from, to, count}] in ns, as of `hist -j`.
export function barsOf(buckets) {
	const n = (AXIS_TO - AXIS_FROM) * BARS_A_DECADE, bars = new Array(n).fill(0);
	for (const b of buckets) {
		const middle = (b.from + b.to) / 2;
		bars[Math.min(n - 1, Math.floor(placeOf(middle) * n))] += b.count;
	}
	return bars;
}

function markOf(ns, name) {
	const x = placeOf(ns) * HIST_WIDTH;
	return [svg("line", { class: "mark", x1: x, x2: x, y1: 12, y2: HIST_HIGH }), svg("text", { class: "mark", x, y: 9, "text-anchor": "middle" }, name)];
}

// A figure for a row of `hist -j`.
export function makeHistogram(row) {
	const bars = barsOf(row.buckets ?? []), top = Math.max(1, ...bars), w = HIST_WIDTH / bars.length, p = row.percentiles_ns ?? {};
	const said = ["p50", "p90", "p99"].filter((k) => typeof p[k] === "number").map((k) => k + " " + fmtDuration(p[k])).join(", ");
	const root = svg("svg", { class: "histogram", viewBox: `0 0 ${HIST_WIDTH} ${HIST_HIGH + HIST_FOOT}`, role: "img", "aria-label": row.phase + ": " + (said || "nothing yet") });
	for (const [i, n] of bars.entries()) {
		if (!n)
			continue;
		const high = Math.max(2, (HIST_HIGH - 16) * n / top);
		root.append(svg("rect", { x: i * w + 0.5, y: HIST_HIGH - high, width: w - 1, height: high, "data-phase": row.phase }, svg("title", {}, fmtCount(n))));
	}
	root.append(svg("line", { class: "axis", x1: 0, x2: HIST_WIDTH, y1: HIST_HIGH, y2: HIST_HIGH }));
	for (let decade = AXIS_FROM; decade <= AXIS_TO; decade += 3) {
		const anchor = decade === AXIS_FROM ? "start" : decade === AXIS_TO ? "end" : "middle";
		root.append(svg("text", { class: "axis", x: (decade - AXIS_FROM) / (AXIS_TO - AXIS_FROM) * HIST_WIDTH, y: HIST_HIGH + 13, "text-anchor": anchor },
			{ 3: "1us", 6: "1ms", 9: "1s", 12: "1000s" }[decade]));
	}
	if (typeof p.p50 === "number")
		root.append(...markOf(p.p50, "p50"));
	if (typeof p.p99 === "number" && placeOf(p.p99) - placeOf(p.p50) > 0.07)
		root.append(...markOf(p.p99, "p99"));
	return html("figure", { class: "histogram", "data-phase": row.phase }, html("figcaption", {}, html("b", {}, row.phase), " " + fmtCount(row.count) + (said ? "; " + said : "")), root);
}
