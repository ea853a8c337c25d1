// SPDX-License-Identifier: GPL-2.0-only
// Numbers over time: areas one upon the other, or lines. Steps have equal lengths but for the last one.
import { html, setText, svg } from "../dom.js";
import { fmtCount } from "../format.js";

const CHART_WIDTH = 960, CHART_HIGH = 230, CHART_LEFT = 62, CHART_RIGHT = 8, CHART_TOP = 10, CHART_FOOT = 24;
const CHART_STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
const CHART_LABELS = 7;

// The least of 1, 2, 5, 10, 20, ... that is not below @max.
function roundUp(max) {
	const decade = 10 ** Math.floor(Math.log10(Math.max(max, 1)));
	return [1, 2, 5, 10].map((f) => f * decade).find((v) => v >= max);
}

function clockText(ms, seconds) {
	return new Date(ms).toISOString().slice(11, seconds ? 19 : 16);
}

function timeLabels(startMs, lengthMs) {
	const step = 1000 * (CHART_STEPS_S.find((s) => lengthMs / 1000 / s <= CHART_LABELS) ?? Math.ceil(lengthMs / 1000 / CHART_LABELS / 86400) * 86400);
	const labels = [];
	for (let at = Math.ceil(startMs / step) * step; at <= startMs + lengthMs; at += step)
		labels.push({ at, text: clockText(at, step < 60000) });
	return labels;
}

// @course: {start, start_ns, end_ns, step_ns}; @rows: [{name, values}], one value a step. about: what it is, for those who hear it. stacked: areas. rate:
// values are counts in a step, shown per second. show: a value as text.
export function makeChart(course, rows, { about, stacked = false, rate = false, show = fmtCount }) {
	const n = Math.max(0, ...rows.map((r) => r.values.length)), lengthNs = Math.max(1, course.end_ns - course.start_ns);
	const startMs = Date.parse(course.start), secondsOf = (i) => (i < n - 1 ? course.step_ns : lengthNs - i * course.step_ns) / 1e9;
	const lines = rows.map((r) => ({ name: r.name, values: r.values.map((v, i) => (rate ? v / secondsOf(i) : v)) }));
	const sums = Array.from({ length: n }, (_, i) => lines.reduce((sum, l) => (stacked ? sum + l.values[i] : Math.max(sum, l.values[i])), 0));
	const top = roundUp(Math.max(1e-9, ...sums)), wide = CHART_WIDTH - CHART_LEFT - CHART_RIGHT, high = CHART_HIGH - CHART_TOP;
	const xAt = (i) => CHART_LEFT + wide * (i < n - 1 ? (i + 1) * course.step_ns / lengthNs : 1), yAt = (v) => CHART_TOP + high * (1 - v / top);
	const round = (v) => v.toFixed(1);
	const root = svg("svg", { class: "chart", viewBox: `0 0 ${CHART_WIDTH} ${CHART_HIGH + CHART_FOOT}`, role: "img", "aria-label": about });
	const says = html("span", { class: "readout" }), legend = html("ul", { class: "legend" });

	for (const share of [0, 0.5, 1]) {
		root.append(svg("line", { class: "grid", x1: CHART_LEFT, x2: CHART_WIDTH - CHART_RIGHT, y1: round(yAt(top * share)), y2: round(yAt(top * share)) }),
			svg("text", { x: CHART_LEFT - 6, y: round(yAt(top * share) + 4), "text-anchor": "end" }, show(top * share)));
	}
	for (const label of timeLabels(startMs, lengthNs / 1e6)) {
		const x = round(CHART_LEFT + wide * (label.at - startMs) * 1e6 / lengthNs);
		root.append(svg("line", { class: "grid", x1: x, x2: x, y1: CHART_HIGH, y2: CHART_HIGH + 4 }),
			svg("text", { x, y: CHART_HIGH + 17, "text-anchor": "middle" }, label.text));
	}
	const below = new Array(n).fill(0);
	for (const [k, line] of lines.entries()) {
		const name = { "data-series": line.name, "data-nth": k % 8 }, upper = line.values.map((v, i) => (stacked ? below[i] + v : v));
		const path = upper.map((v, i) => `${round(xAt(i))} ${round(yAt(v))}`);
		if (stacked && n) {
			const back = below.map((v, i) => `${round(xAt(i))} ${round(yAt(v))}`).reverse();
			root.append(svg("path", { class: "area", ...name, d: `M${CHART_LEFT} ${path[0].split(" ")[1]}L${path.join("L")}L${back.join("L")}L${CHART_LEFT} ${back[n - 1].split(" ")[1]}z` }));
			upper.forEach((v, i) => (below[i] = v));
		} else if (n) {
			root.append(svg("path", { class: "line", ...name, d: `M${CHART_LEFT} ${path[0].split(" ")[1]}L${path.join("L")}` }));
		}
		legend.append(html("li", name, line.name));
	}
	const mark = svg("line", { class: "mark", x1: 0, x2: 0, y1: CHART_TOP, y2: CHART_HIGH, visibility: "hidden" });
	root.append(mark);
	root.addEventListener("pointermove", (e) => {
		const box = root.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * CHART_WIDTH;
		const i = Math.min(n - 1, Math.max(0, Math.ceil((x - CHART_LEFT) / wide * lengthNs / course.step_ns) - 1));
		if (n < 1)
			return;
		mark.setAttribute("x1", round(xAt(i)));
		mark.setAttribute("x2", round(xAt(i)));
		mark.setAttribute("visibility", "visible");
		setText(says, clockText(startMs + (i < n - 1 ? (i + 1) * course.step_ns : lengthNs) / 1e6, true) + ": " +
			lines.map((l) => l.name + " " + show(l.values[i])).join(", "));
	});
	return html("figure", { class: "chart" }, html("figcaption", {}, about, " ", says), root, legend);
}
