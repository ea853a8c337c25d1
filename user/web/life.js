// SPDX-License-Identifier: GPL-2.0-only
// The life of one connection as a bar: what it was in, in order, and for how long. A handshake takes 30 us and a TIME_WAIT a minute: widths
// grow with the logarithm of the time, and each part says its own.
import { html, svg } from "./dom.js";
import { fmtDuration } from "./format.js";

// Each of these can follow only those before it.
const LIFE_ORDER = ["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSING", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"];
const LIFE_WIDTH = 900, LIFE_HIGH = 26;

// [{state, ns, now}] out of a row of `conn -j`: its .states, and what it is in since .since_ns if it is not over, up to @now (ns since boot).
export function stepsOf(row, now) {
	const spent = row.states ?? {}, age = typeof row.since_ns === "number" ? Math.max(0, now - row.since_ns) : null;
	return LIFE_ORDER.filter((state) => state in spent || state === row.state)
		.map((state) => (state === row.state ? { state, ns: age, now: true } : { state, ns: spent[state] ?? null, now: false }));
}

export function makeLife(row, now) {
	const steps = stepsOf(row, now), weights = steps.map((s) => 1 + Math.log10(1 + (s.ns ?? 0) / 1000));
	const sum = weights.reduce((a, b) => a + b, 0);
	const bar = svg("svg", { class: "life", viewBox: `0 0 ${LIFE_WIDTH} ${LIFE_HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true" });
	const list = html("ol", { class: "life" });
	let x = 0;
	for (const [i, step] of steps.entries()) {
		const w = LIFE_WIDTH * weights[i] / sum;
		const time = step.ns === null ? "for an unknown time" : fmtDuration(step.ns) + (step.now ? " and counting" : "");
		bar.append(svg("rect", { x, y: 0, width: Math.max(1, w - 2), height: LIFE_HIGH, "data-state": step.state }, svg("title", {}, step.state + " " + time)));
		list.append(html("li", { "data-state": step.state }, html("b", {}, step.state), " " + time));
		x += w;
	}
	return html("figure", { class: "life" }, bar, list);
}
