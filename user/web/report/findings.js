// SPDX-License-Identifier: GPL-2.0-only
// Findings of `doctor`, each with its evidence, what helps and what does not.
import { html } from "../dom.js";
import { UNKNOWN, fmtEndpoint } from "../format.js";
import { memberList } from "../detail.js";

function subjectOf(s) {
	const parts = [];
	if (s.comm !== undefined)
		parts.push(s.comm + " (" + s.pid + ")");
	if (s.lport !== undefined)
		parts.push("port " + s.lport);
	if (s.raddr !== undefined)
		parts.push("to " + (s.rport === undefined ? s.raddr : fmtEndpoint(s.raddr, s.rport)));
	for (const name of ["container_name", "pod", "unit"]) {
		if (s[name])
			parts.push(name.replace("_name", "") + " " + s[name]);
	}
	return parts.join(", ") || "this host";
}

function itemsOf(title, items) {
	return items?.length ? [html("h4", {}, title), html("ul", {}, ...items.map((text) => html("li", {}, text)))] : [];
}

// A card for a row of `doctor -j`.
export function makeFinding(row) {
	return html("article", { class: "finding", "data-word": row.severity },
		html("h3", {}, html("span", { class: "severity", "data-word": row.severity }, row.severity ?? UNKNOWN), " ", row.title ?? row.id),
		html("p", { class: "whose" }, subjectOf(row.subject ?? {}), html("span", { class: "id" }, row.id)),
		html("p", {}, row.cause ?? ""),
		memberList(row.evidence ?? {}),
		...(row.outlook ? [html("h4", {}, "Leads to"), html("p", {}, row.outlook)] : []),
		...itemsOf("Do", row.fix), ...itemsOf("Do not", row.dont));
}
