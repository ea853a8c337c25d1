// SPDX-License-Identifier: GPL-2.0-only
// A report: tables that are in the page already get what a script can add to them: sorting, all that is known of a row, pictures.
import { html, setText, svg } from "../dom.js";
import { fmtCount, fmtEndpoint, fmtRate } from "../format.js";
import { makeChart } from "./chart.js";
import { fillDetail } from "../detail.js";
import { makeDiagram } from "../diagram.js";
import { makeFinding } from "./findings.js";
import { makeHistogram } from "../histogram.js";
import { makeLife } from "../life.js";
import { makeTable } from "../table.js";

const told = JSON.parse(document.getElementById("data").textContent);
const ORDER_OF_STATES = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "CLOSING", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"];
const WITH_LIFE = ["stuck", "slowest"], NOT_OPENED = ["totals", "states", "course", "coverage", "differences"];

function showDetail(view, row, now) {
	const dialog = document.getElementById("detail");
	fillDetail(dialog, WITH_LIFE.includes(view) ? "ended" : view, row, now);
	dialog.showModal();
}

function fillTable(section, view, table, now) {
	const rows = makeTable(section.querySelector("table"), { onOpen: NOT_OPENED.includes(view) ? null : (row) => showDetail(view, row, now) });
	rows.set(table.rows, table.rows.map((row) => row.key), now);
	if (table.total > table.rows.length)
		setText(section.querySelector(".total"), `the first ${fmtCount(table.rows.length)} of ${fmtCount(table.total)}`);
}

// --- pictures ------------------------------------------------------------------------------------------------------------

function showStates(place, side) {
	const drawing = html("div", { class: "drawing" }), moves = new Map(), entered = {};
	for (const t of side.summary.transitions)
		moves.set(t.from + ">" + t.to, t.total);
	for (const row of side.tables.states.rows)
		entered[row.state] = row.entered;
	place.append(drawing);
	makeDiagram(drawing, { show: (n) => fmtCount(n), says: "Totals of the recording: connections that came into a state, and went from one to another. " })(
		entered, (from, to) => moves.get(from + ">" + to) ?? 0, side.summary.tw_ends);
}

function showCourse(place, side) {
	const c = side.course, named = (all) => Object.entries(all).map(([name, values]) => ({ name, values }));
	const states = ORDER_OF_STATES.filter((name) => name in c.states).map((name) => ({ name, values: c.states[name] }));
	place.append(makeChart(c, states, { about: "Connections by state.", stacked: true }),
		makeChart(c, [{ name: "opened", values: c.opened }, ...named(c.closed).map((r) => ({ name: "closed: " + r.name, values: r.values }))],
			{ about: "Opened and closed, per second.", rate: true, show: fmtRate }));
	if (Object.keys(c.tw_ended).length || c.tw_begun.some((v) => v)) {
		place.append(makeChart(c, [{ name: "begun", values: c.tw_begun }, ...named(c.tw_ended)],
			{ about: "TIME_WAITs begun, and ended how, per second.", rate: true, show: fmtRate }));
	}
}

function showPorts(place, side) {
	const p = side.course.ports, from = Date.parse(side.course.start) + (p.start_ns - side.course.start_ns) / 1e6;
	if (!p.rows.length)
		return;
	const rows = p.rows.map((r) => ({ name: (r.raddr === null ? "any, from " + r.laddr : fmtEndpoint(r.raddr, r.rport)) + (r.usable ? ` (of ${fmtCount(r.usable)})` : ""),
		values: r.in_use }));
	place.append(makeChart({ ...p, start: new Date(from).toISOString() }, rows,
		{ about: "Local ports in use by destination" + (p.left_out ? ", those that had most" : "") + "." }));
}

// How many ended in which way, as a bar each, those with most; a bar is as long as its share of the longest.
function showBars(place, rows, names) {
	const counts = rows.map((row) => {
		const counted = { comm: row.comm, pid: row.pid };
		for (const name of names)
			counted[name] = typeof row[name] === "object" && row[name] ? Object.values(row[name]).reduce((a, b) => a + b, 0) : row[name] ?? 0;
		counted.sum = names.reduce((sum, name) => sum + counted[name], 0);
		return counted;
	}).filter((row) => row.sum).sort((a, b) => b.sum - a.sum).slice(0, 12);
	const list = html("ul", { class: "bars" }), most = Math.max(1, ...counts.map((row) => row.sum));
	for (const row of counts) {
		const bar = svg("svg", { class: "bar", viewBox: "0 0 400 14", preserveAspectRatio: "none", "aria-hidden": "true" });
		let x = 0;
		for (const name of names) {
			const w = 400 * row[name] / most;
			if (w > 0)
				bar.append(svg("rect", { x: x.toFixed(1), y: 0, width: w.toFixed(1), height: 14, "data-close": name }, svg("title", {}, name + " " + fmtCount(row[name]))));
			x += w;
		}
		list.append(html("li", {}, html("b", {}, String(row.comm ?? "unknown")), row.pid ? ` (${row.pid})` : "", " ", bar,
			names.filter((n) => row[n]).map((n) => n + " " + fmtCount(row[n])).join(", ")));
	}
	place.append(list);
}

// A life in each row, as wide as all others.
function showLives(section, rows, now) {
	const byKey = new Map(rows.map((row) => [row.key, row])), table = section.querySelector("table");
	table.tHead.rows[0].append(html("th", { scope: "col", class: "life" }, "Its life"));
	for (const tr of table.tBodies[0].rows)
		tr.append(html("td", { class: "life" }, makeLife(byKey.get(tr.key), now).querySelector("svg")));
}

const PICTURES = {
	states: (place, side) => showStates(place, side),
	course: (place, side) => showCourse(place, side),
	processes: (place, side) => showBars(place, side.tables.processes.rows, ["active", "passive", "simultaneous", "abort", "reset", "other"]),
	timewait: (place, side) => place.append(...side.tables.timewait.rows.filter((r) => r.count).map((r) => makeHistogram({ ...r, phase: r.key ?? "unknown" }))),
	latency: (place, side) => place.append(...side.tables.latency.rows.filter((r) => r.count).map(makeHistogram)),
	destinations: (place, side) => showPorts(place, side),
	findings: (place, side) => place.append(...side.tables.findings.rows.map(makeFinding)),
};

// Pictures stand before their table; a long table is folded away.
function arrange(section, view) {
	const scroll = section.querySelector(".scroll"), extra = section.querySelector(".extra");
	if (!extra.childElementCount)
		return;
	scroll.before(extra);
	if (view === "course") {
		const folded = html("details", {}, html("summary", {}, "As a table"));
		scroll.before(folded);
		folded.append(scroll);
	}
}

// --- all of it -------------------------------------------------------------------------------------------------------------

for (const [k, side] of told.sides.entries()) {
	for (const [view, table] of Object.entries(side.tables)) {
		const section = document.getElementById((k ? "b-" : "") + view);
		fillTable(section, view, table, side.now_ns);
		PICTURES[view]?.(section.querySelector(".extra"), side);
		arrange(section, view);
		if (WITH_LIFE.includes(view))
			showLives(section, table.rows, side.now_ns);
	}
}
if (told.differences)
	fillTable(document.getElementById("differences"), "differences", told.differences, 0);
document.documentElement.dataset.ready = "yes";
