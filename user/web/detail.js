// SPDX-License-Identifier: GPL-2.0-only
// All that is known of one row, in a dialog: of connections first their life and what happened. Members are shown as they come, under the names
// that -j gives them.
import { html } from "./dom.js";
import { UNKNOWN, fmtClock, fmtCount, fmtDuration, fmtEndpoint } from "./format.js";
import { explainConnection } from "./explain.js";
import { makeLife } from "./life.js";

const PLACES_DEEP = 3;		/* objects in objects */
// Said elsewhere in the dialog, or of use to scripts alone.
const SAID_ELSEWHERE = ["key", "event", "time", "ts_ns", "since_ns", "born_ns", "title", "cause", "outlook", "says", "buckets",
	"open_stack", "open_stack_why", "close_stack", "close_stack_why"];

function valueText(name, v) {
	if (typeof v === "boolean")
		return v ? "yes" : "no";
	if (typeof v !== "number")
		return String(v);
	if (name.endsWith("_ns") && name !== "ts_ns")
		return fmtDuration(v);
	if (!Number.isInteger(v))
		return String(Number(v.toPrecision(4)));
	return v > 9999 && !/pid|port|netns|cookie|cgroup|uid|ts_ns/.test(name) ? fmtCount(v) : String(v);
}

function isEmpty(v) {
	return v === null || v === undefined || v === "" || (typeof v === "object" && !Object.keys(v).length);
}

// A value, whatever it is. What is not known is left out.
function valueNode(name, v, deep) {
	if (typeof v !== "object")
		return document.createTextNode(valueText(name, v));
	if (deep >= PLACES_DEEP)
		return document.createTextNode(JSON.stringify(v));
	if (Array.isArray(v))
		return html("ul", {}, ...v.filter((x) => !isEmpty(x)).map((x) => html("li", {}, valueNode(name, x, deep + 1))));
	return memberList(v, deep + 1);
}

export function memberList(row, deep = 0) {
	const list = html("dl", {});
	for (const [name, v] of Object.entries(row)) {
		if (!isEmpty(v) && !(deep === 0 && SAID_ELSEWHERE.includes(name)))
			list.append(html("div", {}, html("dt", {}, name), html("dd", {}, valueNode(name, v, deep))));
	}
	return list;
}

function titleOf(view, row) {
	if (row.laddr !== undefined && row.raddr !== undefined && row.cookie !== undefined)
		return fmtEndpoint(row.laddr, row.lport) + " \u2192 " + fmtEndpoint(row.raddr, row.rport);
	if (row.title !== undefined)
		return row.title;
	if (row.comm !== undefined)
		return row.comm + (row.pid ? " (" + row.pid + ")" : "");
	if (row.raddr !== undefined)
		return "to " + fmtEndpoint(row.raddr, row.rport);
	if (row.lport !== undefined)
		return fmtEndpoint(row.laddr, row.lport);
	return row.phase ?? row.state ?? UNKNOWN;
}

const NO_STACK_SAYS = {
	exit: "its process ended", kernel: "the kernel did, for nobody", unread: "its stack could not be read", unresolved: "its functions could not be told",
};

function frameText(f) {
	const at = "+0x" + f.offset.toString(16), where = f.file ? ` (${f.file}${f.line ? ":" + f.line : ""})` : f.module ? ` (${f.module})` : "";
	return (f.symbol ?? (f.module ?? UNKNOWN) + at) + (f.symbol ? where : "");
}

// By which code it was opened, or closed: innermost function first. @how: "open" or "close". Null where the run had no stacks.
function stackNode(row, how, title) {
	const frames = row[how + "_stack"], why = row[how + "_stack_why"];
	if (!frames && (!why || why === "unknown"))
		return null;
	return html("section", { class: "stack", "data-how": how }, html("h3", {}, title),
		frames ? html("ol", {}, ...frames.map((f) => html("li", {}, html("code", {}, frameText(f))))) : html("p", {}, NO_STACK_SAYS[why] ?? why));
}

// Fills @dialog with @row of @view, at @now in ns since boot.
export function fillDetail(dialog, view, row, now) {
	const parts = [];
	const rest = { ...row };
	if (view === "connections" || view === "ended") {
		delete rest.states;
		parts.push(makeLife(row, now));
		parts.push(html("p", { class: "says" }, explainConnection(row).join(" ")));
		for (const [how, title] of [["open", "Opened by"], ["close", "Closed by"]])
			parts.push(stackNode(row, how, title) ?? "");
	}
	for (const name of ["cause", "outlook", "says"]) {
		if (row[name])
			parts.push(html("p", { class: "says" }, String(row[name])));
	}
	if (row.time)
		parts.push(html("p", { class: "when" }, "as of " + fmtClock(row.time)));
	dialog.querySelector("h2").textContent = titleOf(view, row);
	dialog.querySelector(".content").replaceChildren(...parts, memberList(rest));
}
