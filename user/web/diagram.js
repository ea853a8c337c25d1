// SPDX-License-Identifier: GPL-2.0-only
// The state diagram of RFC 9293, section 3.3.2: counts in the states, rates on the arrows. One list of arrows, two sets of places: for wide and for
// narrow screens. A way straight to CLOSED (reset, abort, timeout) is a rate in the lower edge of its state's box.
import { html, setAttr, setText, svg } from "./dom.js";
import { fmtCount, fmtRate } from "./format.js";

// Column and row of each box. CLOSED is no state that a socket is counted in.
const PLACES = {
	LISTEN: [0, 0], CLOSE: [1, 0], SYN_RECV: [0, 1], ESTABLISHED: [1, 1], SYN_SENT: [2, 1], FIN_WAIT1: [0, 2], CLOSING: [1, 2],
	CLOSE_WAIT: [2, 2], FIN_WAIT2: [0, 3], TIME_WAIT: [1, 3], LAST_ACK: [2, 3],
};

// How an arrow runs: across (from side to side), down (from box to box below), bend (down, across, down: at shares of both boxes' widths), over (along
// the top, then down), rise (up, across, down), out (down and away).
const ARROWS = [
	{ from: "CLOSE", to: "LISTEN", what: "listen()", run: "across" },
	{ from: "CLOSE", to: "SYN_SENT", what: "connect()", run: "over" },
	{ from: "LISTEN", to: "SYN_RECV", what: "SYN", run: "down" },
	{ from: "SYN_SENT", to: "SYN_RECV", what: "SYN (simultaneous open)", run: "rise", a: 0.2, b: 0.8 },
	{ from: "SYN_RECV", to: "ESTABLISHED", what: "ACK", run: "across" },
	{ from: "SYN_SENT", to: "ESTABLISHED", what: "SYN+ACK", run: "across" },
	{ from: "SYN_RECV", to: "FIN_WAIT1", what: "close", run: "down", at: 0.25 },
	{ from: "ESTABLISHED", to: "FIN_WAIT1", what: "close", run: "bend", a: 0.25, b: 0.75 },
	{ from: "ESTABLISHED", to: "CLOSE_WAIT", what: "FIN", run: "bend", a: 0.75, b: 0.5 },
	{ from: "FIN_WAIT1", to: "CLOSING", what: "FIN", run: "across" },
	{ from: "FIN_WAIT1", to: "FIN_WAIT2", what: "ACK", run: "down", at: 0.25 },
	{ from: "FIN_WAIT1", to: "TIME_WAIT", what: "FIN+ACK", run: "bend", a: 0.75, b: 0.25 },
	{ from: "CLOSING", to: "TIME_WAIT", what: "ACK", run: "down", at: 0.75 },
	{ from: "CLOSE_WAIT", to: "LAST_ACK", what: "close", run: "down" },
	{ from: "FIN_WAIT2", to: "TIME_WAIT", what: "FIN", run: "across" },
	{ from: "LAST_ACK", to: "CLOSE", what: "ACK", run: "out" },
	{ from: "TIME_WAIT", to: "CLOSE", what: "2 MSL", run: "out" },
];

const WIDE = { width: 960, box: 176, high: 60, x: [12, 392, 772], y: [14, 150, 286, 422], bottom: 530, words: true };
const NARROW = { width: 390, box: 98, high: 48, x: [4, 146, 288], y: [8, 110, 212, 314], bottom: 400, words: false };

function boxAt(size, name) {
	const [column, row] = PLACES[name];
	return { x: size.x[column], y: size.y[row], w: size.box, h: size.high };
}

// The path of an arrow, and where its label stands.
function routeOf(size, arrow) {
	const a = boxAt(size, arrow.from), b = boxAt(size, arrow.to);
	const middle = (a.y + a.h + b.y) / 2;
	switch (arrow.run) {
	case "across": {
		const y = a.y + a.h / 2, x1 = b.x > a.x ? a.x + a.w : a.x, x2 = b.x > a.x ? b.x : b.x + b.w;
		return { d: `M${x1} ${y}H${x2}`, x: (x1 + x2) / 2, y: y - 6, anchor: "middle" };
	}
	case "over": {
		const y = a.y + a.h / 2, x = b.x + b.w / 2;
		return { d: `M${a.x + a.w} ${y}H${x}V${b.y}`, x: (a.x + a.w + x) / 2, y: y - 6, anchor: "middle" };
	}
	case "down": {
		const x = a.x + a.w * (arrow.at ?? 0.5);
		return { d: `M${x} ${a.y + a.h}V${b.y}`, x: x + 6, y: middle + (arrow.at ? 26 * size.high / 60 : 5), anchor: "start" };
	}
	case "rise": {
		const x1 = a.x + a.w * arrow.a, x2 = b.x + b.w * arrow.b, y = a.y - (size.words ? 30 : 22);
		return { d: `M${x1} ${a.y}V${y}H${x2}V${b.y}`, x: (x1 + x2) / 2, y: y - 6, anchor: "middle" };
	}
	case "out": {
		const x = a.x + a.w * 0.5;
		return { d: `M${x} ${a.y + a.h}V${size.bottom}`, x: x + 6, y: a.y + a.h + (size.words ? 26 : 20), anchor: "start" };
	}
	default: {
		const x1 = a.x + a.w * arrow.a, x2 = b.x + b.w * arrow.b;
		return { d: `M${x1} ${a.y + a.h}V${middle}H${x2}V${b.y}`, x: (x1 + x2) / 2, y: middle - 6, anchor: "middle" };
	}
	}
}

function arrowHeads(of) {
	return svg("defs", {}, ...["", "-on"].map((kind) => svg("marker", { id: "head-" + of + kind, class: "head" + kind, viewBox: "0 0 8 8", refX: 7.5, refY: 4,
		markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, svg("path", { d: "M0 0L8 4L0 8z" }))));
}

// Returns {node, update(counts, rate)}: counts by state, and rate(from, to), which show() writes.
function drawDiagram(size, kind, show) {
	const root = svg("svg", { class: "diagram " + kind, viewBox: `0 0 ${size.width} ${size.bottom + 22}`, role: "img", "aria-label":
		"TCP's state diagram with the number of connections in each state and rates between them; the table of states has the same numbers" });
	const arrows = [], boxes = [];
	root.append(arrowHeads(kind));
	for (const arrow of ARROWS) {
		const way = routeOf(size, arrow), title = svg("title", {});
		const path = svg("path", { d: way.d, class: "arrow", "marker-end": `url(#head-${kind})` }, title);
		const label = svg("text", { x: way.x, y: way.y, "text-anchor": way.anchor, class: "label" });
		root.append(path, label);
		arrows.push({ arrow, path, label, title });
	}
	for (const [name, at] of Object.entries(PLACES).map(([n]) => [n, boxAt(size, n)])) {
		if (name === "CLOSE") {
			root.append(svg("text", { x: at.x + at.w / 2, y: at.y + at.h / 2 + 5, "text-anchor": "middle", class: "closed" }, "CLOSED"));
			continue;
		}
		const count = svg("text", { x: at.x + at.w / 2, y: at.y + at.h * 0.8, "text-anchor": "middle", class: "count" }, "0");
		const straight = svg("text", { x: at.x + at.w - 6, y: at.y + at.h + 14, "text-anchor": "end", class: "straight" });
		const rect = svg("rect", { x: at.x, y: at.y, width: at.w, height: at.h, rx: 6, class: "box" });
		root.append(svg("g", { "data-state": name }, rect, svg("text", { x: at.x + at.w / 2, y: at.y + at.h * 0.36, "text-anchor": "middle", class: "name" }, name),
			count, straight));
		boxes.push({ name, count, straight, rect });
	}
	for (const [column, text] of [[1, "CLOSED"], [2, "CLOSED"]])
		root.append(svg("text", { x: size.x[column] + size.box / 2, y: size.bottom + 17, "text-anchor": "middle", class: "closed" }, text));
	return {
		node: root,
		update(counts, rate) {
			for (const { arrow, path, label, title } of arrows) {
				const r = rate(arrow.from, arrow.to), text = show(r, true);
				setText(label, size.words ? arrow.what + " " + text : r > 0 ? show(r, false) : "");
				setText(title, arrow.from + " to " + arrow.to + " (" + arrow.what + "): " + text);
				setAttr(path, "class", r > 0 ? "arrow on" : "arrow");
				setAttr(label, "class", r > 0 ? "label on" : "label");
				setAttr(path, "stroke-width", r > 0 ? Math.min(6, 1.5 + Math.log10(1 + r)).toFixed(1) : "1.2");
				setAttr(path, "marker-end", `url(#head-${kind}${r > 0 ? "-on" : ""})`);
			}
			for (const { name, count, straight, rect } of boxes) {
				const r = rate(name, "CLOSE"), n = counts[name] ?? 0;
				setText(count, fmtCount(n));
				setAttr(rect, "class", n ? "box on" : "box");
				setText(straight, !["LISTEN", "TIME_WAIT", "LAST_ACK"].includes(name) && r > 0 ? "\u00d7 " + show(r, true) : "");
			}
		},
	};
}

function showRate(r, whole) {
	return whole ? fmtRate(r) + "/s" : fmtRate(r);
}

// Both sizes; the style sheet shows the one that fits. Returns update(counts, rate, ends): counts by state, rate(from, to) per second, and how often
// TIME_WAITs ended in which way so far. What stands at the arrows can be something else, which show() writes (@whole: with its unit), and @says what.
export function makeDiagram(place, { show = showRate, says = "" } = {}) {
	const both = [drawDiagram(WIDE, "for-wide", show), drawDiagram(NARROW, "for-narrow", show)], ends = html("span", { class: "ends" });
	place.replaceChildren(html("figure", { class: "states" }, ...both.map((d) => d.node),
		html("figcaption", {}, says + "\u00d7 straight to CLOSED by reset, abort or timeout. ", ends)));
	return (counts, rate, tw) => {
		both.forEach((d) => d.update(counts, rate));
		const said = Object.entries(tw).filter(([, n]) => n).map(([how, n]) => how + " " + fmtCount(n));
		setText(ends, said.length ? "TIME_WAITs ended: " + said.join(", ") + "." : "");
	};
}
