// SPDX-License-Identifier: GPL-2.0-only
// The live page: which table is shown, through which filter, and who is told what the stream says.
import { html, setAttr, setText } from "./dom.js";
import { fmtCount } from "./format.js";
import { fillDetail } from "./detail.js";
import { makeDiagram } from "./diagram.js";
import { makeHistogram } from "./histogram.js";
import { makeLive } from "./live.js";
import { makeRates } from "./rates.js";
import { makeTable } from "./table.js";
import { makeTimeline } from "./timeline.js";

const VIEWS = ["states", "findings", "processes", "connections", "ended", "destinations", "listeners", "latency"];
const ON_OVERVIEW = ["states", "findings", "processes", "connections", "destinations"];
const OVERVIEW_ROWS = 10, PAGE_ROWS = 100;

const byId = (id) => document.getElementById(id);
// .at: of a recording the moment that is looked at, in seconds since its first event; null: its end. .speed: it goes on from there.
const page = { view: "overview", filter: byId("filter-text").value, sort: "", down: false, offset: 0, paused: false, now: 0, at: null, speed: 0 };
const totals = {}, tables = {};
let moves = makeRates(), drawDiagram = null, timeline = null;

// --- what is shown --------------------------------------------------------------------------------------------------------

function shown() {
	return page.view === "overview" ? ON_OVERVIEW : [page.view];
}

function query() {
	const q = new URLSearchParams({ view: shown().join(","), limit: page.view === "overview" ? OVERVIEW_ROWS : PAGE_ROWS });
	for (const name of ["filter", "sort", "offset"]) {
		if (page[name])
			q.set(name, page[name]);
	}
	if (page.down)
		q.set("down", "1");
	if (page.at !== null)
		q.set("at", page.at.toFixed(9));
	if (page.speed)
		q.set("speed", page.speed);
	return q.toString();
}

function listen() {
	if (page.paused)
		return;
	if (document.hidden)
		stream.close();
	else
		stream.open(query());
}

function showPager() {
	const n = page.view === "overview" ? 0 : totals[page.view] ?? 0, there = tables[page.view]?.size() ?? 0;
	byId("pager").hidden = n <= PAGE_ROWS && !page.offset;
	setText(byId("place"), there ? `${fmtCount(page.offset + 1)} to ${fmtCount(page.offset + there)} of ${fmtCount(n)}` : "nothing here");
	byId("before").disabled = !page.offset;
	byId("after").disabled = page.offset + there >= n;
}

function showView() {
	const name = location.hash.slice(1);
	page.view = VIEWS.includes(name) ? name : "overview";
	page.offset = 0;
	page.sort = "";
	page.down = false;
	for (const view of VIEWS)
		byId(view).hidden = !shown().includes(view);
	for (const a of document.querySelectorAll("nav a")) {
		if (a.hash === "#" + page.view)
			a.setAttribute("aria-current", "page");
		else
			a.removeAttribute("aria-current");
	}
	document.body.dataset.view = page.view;
	showPager();
	listen();
}

function turnPage(step) {
	if (byId("pager").hidden || (step < 0 ? byId("before") : byId("after")).disabled)
		return;
	page.offset = Math.max(0, page.offset + step * PAGE_ROWS);
	listen();
}

// --- what the stream says --------------------------------------------------------------------------------------------------

const STATUS = {
	connecting: "connecting", live: "live", lost: "no answer: trying again", paused: "paused",
	ended: "the end of the recording", moment: "a moment of the recording", plays: "playing", seeking: "going there",
};

function showStatus(word) {
	setAttr(byId("status"), "data-word", word);
	setText(byId("status"), STATUS[word]);
}

// Of a recording. Returns false for the state a second before the moment that was asked for: it is for rates alone.
function hearMoment(s) {
	timeline.hear(s);
	if (page.at !== null && page.seeking && s.ts_ns < Math.min(s.first_ns + page.at * 1e9, s.end_ns) - 1e6)
		return false;
	page.seeking = false;
	if (page.speed && s.ts_ns >= s.end_ns)
		goTo(null);
	else
		showStatus(page.speed ? "plays" : page.at === null && s.whole ? "ended" : page.at === null ? "live" : "moment");
	return true;
}

function addMoves(s) {
	const sums = {};
	for (const t of s.transitions) {
		// A child of a listener does not take it out of LISTEN.
		const names = [t.from + ">" + t.to, "in " + t.to, ...(t.from === "LISTEN" && t.to === "SYN_RECV" ? [] : ["out " + t.from])];
		for (const name of names)
			sums[name] = (sums[name] ?? 0) + t.total;
	}
	moves.add(s.ts_ns, sums, s.start_ns);
}

function hearSummary(s) {
	addMoves(s);
	if (timeline && !hearMoment(s))
		return;
	page.now = s.ts_ns;
	setText(byId("host"), s.host ?? "");
	document.title = s.host ? "twtrace: " + s.host : "twtrace";
	drawDiagram(s.counts, (from, to) => moves.of(from + ">" + to), s.tw_ends);
	const lost = Object.entries(s.lost).filter(([, n]) => n);
	setText(byId("lost"), lost.length ? "events lost: " + lost.map(([why, n]) => why + " " + fmtCount(n)).join(", ") : "");
	for (const view of shown())
		tables[view].tick(page.now);
	tables.states.set(withRates(tables.states.rows()), null, page.now);
}

function withRates(rows) {
	return rows.map((row) => ({ ...row, in_per_s: moves.of("in " + row.state), out_per_s: moves.of("out " + row.state) }));
}

function hearRows(m) {
	const table = tables[m.view];
	let rows = m.set;
	if (m.view === "states")
		rows = withRates(rows);
	totals[m.view] = m.total;
	table.set(rows, m.order, page.now);
	if (m.view !== "states")
		setText(byId(m.view).querySelector(".total"), fmtCount(m.total));
	if (m.view === "latency")
		byId("latency").querySelector(".extra").replaceChildren(...table.rows().filter((r) => r.count).map(makeHistogram));
	if (m.view === page.view)
		showPager();
}

const stream = makeLive({
	status: (word) => showStatus(word === "live" && timeline ? "seeking" : word),
	begin() {
		if (timeline) {		/* what was shown goes on until there is something else */
			moves = makeRates();
			page.seeking = true;
			return;
		}
		for (const view of shown())
			tables[view].clear();
	},
	seeking: () => showStatus("seeking"),
	summary: hearSummary,
	rows: hearRows,
	refused: (sentence) => setText(byId("filter-says"), sentence),
});

// --- what is asked for -----------------------------------------------------------------------------------------------------

function applyFilter(text) {
	page.filter = text.trim();
	page.offset = 0;
	setText(byId("filter-says"), "");
	keepAddress();
	listen();
}

// Loaded again, the page shows the same.
function keepAddress() {
	const url = new URL(location.href), q = new URLSearchParams();
	if (page.filter)
		q.set("filter", page.filter);
	if (page.at !== null)
		q.set("at", page.at.toFixed(9));
	url.search = q;
	history.replaceState(null, "", url);
}

// --- moments of a recording --------------------------------------------------------------------------------------------------

function goTo(at, speed = 0) {
	page.at = at;
	page.speed = speed;
	timeline.playing(speed > 0);
	keepAddress();
	listen();
}

function stopAt(seconds) {
	page.at = seconds;
	page.speed = 0;
	timeline.playing(false);
	keepAddress();
	stream.close();
	showStatus("moment");
}

function pause(on) {
	page.paused = on;
	byId("pause").setAttribute("aria-pressed", on);
	setText(byId("pause"), on ? "Go on" : "Pause");
	if (on) {
		stream.close();
		showStatus("paused");
	} else {
		listen();
	}
}

function nextTheme() {
	const themes = ["auto", "light", "dark"], root = document.documentElement;
	const next = themes[(themes.indexOf(root.dataset.theme ?? "auto") + 1) % themes.length];
	root.dataset.theme = next;
	localStorage.setItem("theme", next);
	setText(byId("theme"), "Theme: " + next);
}

function pressed(e) {
	if (e.ctrlKey || e.altKey || e.metaKey || e.target.matches("input:not([type=range]), select") || document.querySelector("dialog[open]"))
		return;
	const views = ["overview", ...VIEWS];
	if (e.key >= "1" && e.key <= "9")
		location.hash = "#" + views[e.key - 1];
	else if (e.key === "/")
		byId("filter-text").focus();
	else if (e.key === "p" && timeline)
		timeline.toggle();
	else if (e.key === "p")
		pause(!page.paused);
	else if ((e.key === "," || e.key === ".") && timeline)
		timeline.seek(e.key === "," ? -1 : 1);
	else if (e.key === "[" || e.key === "]")
		turnPage(e.key === "[" ? -1 : 1);
	else if (e.key === "?")
		byId("keys").showModal();
	else
		return;
	e.preventDefault();
}

function openDetail(view, row) {
	fillDetail(byId("detail"), view, row, page.now);
	byId("detail").showModal();
}

// --- the beginning ---------------------------------------------------------------------------------------------------------

for (const view of VIEWS) {
	const sorted = view !== "connections" ? null : (sort, down) => {
		page.sort = sort;
		page.down = down;
		page.offset = 0;
		listen();
	};
	tables[view] = makeTable(byId(view).querySelector("table"), { onOpen: view === "states" ? null : (row) => openDetail(view, row), onSort: sorted });
}
const drawing = html("div", { class: "drawing" });
byId("states").querySelector(".about").after(drawing);
drawDiagram = makeDiagram(drawing);
drawDiagram({}, () => 0, {});
if (byId("moment")) {
	const at = new URLSearchParams(location.search).get("at");
	timeline = makeTimeline(byId("moment"), { leave: () => showStatus("seeking"), go: goTo, play: goTo, stop: stopAt });
	page.at = at ? Number(at) : null;
	byId("pause").hidden = true;
}
byId("buttons").hidden = false;
byId("filter").addEventListener("submit", (e) => {
	e.preventDefault();
	applyFilter(byId("filter-text").value);
});
byId("filter-text").addEventListener("search", () => applyFilter(byId("filter-text").value));
byId("pause").addEventListener("click", () => pause(!page.paused));
byId("theme").addEventListener("click", nextTheme);
byId("help").addEventListener("click", () => byId("keys").showModal());
byId("before").addEventListener("click", () => turnPage(-1));
byId("after").addEventListener("click", () => turnPage(1));
document.addEventListener("keydown", pressed);
document.addEventListener("visibilitychange", listen);
window.addEventListener("hashchange", showView);
const theme = localStorage.getItem("theme");
if (["light", "dark"].includes(theme))
	document.documentElement.dataset.theme = theme;
showView();
