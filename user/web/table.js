// SPDX-License-Identifier: GPL-2.0-only
// A table of rows that have keys. Its columns are those of the page as the server wrote it: <th data-key= data-as= data-with=>.
import { html, setText, setAttr } from "./dom.js";
import { UNKNOWN, fmtClock, fmtCount, fmtDuration, fmtEndpoint, fmtRate, fmtShare } from "./format.js";

// "a.b": member b of member a.
export function memberOf(row, path) {
	let v = row;
	for (const name of path.split("."))
		v = v === null || v === undefined ? undefined : v[name];
	return v;
}

function nameOf(x) {
	if (x === null || typeof x !== "object")
		return String(x);
	return x.pid === null || x.pid === undefined ? String(x.comm ?? UNKNOWN) : x.comm + " (" + x.pid + ")";
}

const SHOW = {
	text: (v) => String(v),
	count: fmtCount,
	rate: fmtRate,
	ns: fmtDuration,
	seconds: (v) => fmtDuration(v * 1e9),
	share: fmtShare,
	clock: fmtClock,
	flag: (v) => (v ? "yes" : "no"),
	endpoint: fmtEndpoint,
	age: (v, other, now) => fmtDuration(Math.max(0, now - v)),
	process: (v, pid) => (pid === null || pid === undefined ? String(v) : v + " (" + pid + ")"),
	names: (v) => (v.length ? v.map(nameOf).join(", ") : UNKNOWN),
	lines: (v) => v.join("; "),
};

// What @column ({key, as, with}) says of @row at @now, in ns since boot.
export function cellText(row, column, now) {
	const v = memberOf(row, column.key);
	if (v === null || v === undefined)
		return UNKNOWN;
	return SHOW[column.as](v, column.with ? memberOf(row, column.with) : undefined, now);
}

export function columnsOf(table) {
	return Array.from(table.tHead.rows[0].cells, (th) => ({
		key: th.dataset.key, as: th.dataset.as in SHOW ? th.dataset.as : "text", with: th.dataset.with,
		number: th.classList.contains("number"), wide: th.classList.contains("wide"), title: th.textContent, th,
	}));
}

function compare(a, b) {
	const none = (x) => x === null || x === undefined;
	if (none(a) || none(b))
		return none(a) - none(b);
	if (typeof a === "number" && typeof b === "number")
		return a - b;
	return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

// A line of <tbody>: cells are made once, and their texts changed.
function makeLine(columns, onOpen) {
	const tr = html("tr", { tabindex: "-1" });
	for (const [i, c] of columns.entries()) {
		const cell = html(i ? "td" : "th", { class: (c.number ? "number" : "") + (c.wide ? " wide" : ""), scope: i ? null : "row" });
		if (i === 0 && onOpen)
			cell.append(html("button", { type: "button", class: "open", tabindex: "-1" }));
		tr.append(cell);
	}
	return tr;
}

// Returns {set(rows, order, now), tick(now), clear(), size(), rows()}. onOpen(row): somebody wants to see more of it. onSort(key, down): a title was
// chosen, and the server sorts; without it the rows that are there are sorted.
export function makeTable(table, { onOpen = null, onSort = null } = {}) {
	const columns = columnsOf(table), body = table.tBodies[0], lines = new Map();
	const ages = columns.flatMap((c, i) => (c.as === "age" ? [i] : []));
	let wanted = [], sort = null, down = true, now = 0;

	// Rows come in portions: those that the order names before they are there follow.
	function arranged() {
		const order = wanted.filter((key) => lines.has(key));
		if (!sort || onSort)
			return order;
		const sign = down ? -1 : 1;
		return order.sort((a, b) => sign * compare(memberOf(lines.get(a).row, sort), memberOf(lines.get(b).row, sort)));
	}

	function place() {
		let at = body.firstElementChild, first = true;
		for (const key of arranged()) {
			const { tr } = lines.get(key);
			if (tr === at)
				at = at.nextElementSibling;
			else
				body.insertBefore(tr, at);
			// One line is in the order of the Tab key; arrows go on from there.
			if (!tr.contains(document.activeElement))
				setAttr(tr, "tabindex", first ? "0" : "-1");
			first = false;
		}
		while (at) {
			const gone = at;
			at = at.nextElementSibling;
			gone.remove();
		}
	}

	function write(line) {
		for (const [i, c] of columns.entries()) {
			const cell = line.tr.cells[i], text = cellText(line.row, c, now);
			setText(i === 0 && onOpen ? cell.firstElementChild : cell, text);
			if (c.key === "state" || c.key === "severity")
				setAttr(cell, "data-word", text);
		}
	}

	function choose(column) {
		down = sort === column.key ? !down : column.number && !onSort;
		sort = column.key;
		for (const c of columns)
			c.th.setAttribute("aria-sort", c.key !== sort ? "none" : down ? "descending" : "ascending");
		if (onSort)
			onSort(column.th.dataset.sort, down);
		else
			place();
	}

	for (const c of columns) {
		if (onSort && !("sort" in c.th.dataset))
			continue;
		const button = html("button", { type: "button", class: "sort" }, c.title);
		button.addEventListener("click", () => choose(c));
		c.th.replaceChildren(button);
	}
	body.replaceChildren();
	body.addEventListener("click", (e) => {
		const tr = e.target.closest("tr");
		if (onOpen && tr && tr.key !== undefined && lines.has(tr.key) && String(getSelection()) === "")
			onOpen(lines.get(tr.key).row);
	});
	body.addEventListener("keydown", (e) => {
		const tr = e.target.closest("tr");
		const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[e.key];
		if (tr && step && tr[step]) {
			e.preventDefault();
			tr[step].setAttribute("tabindex", "0");
			tr.setAttribute("tabindex", "-1");
			tr[step].focus();
		} else if (tr && e.key === "Enter" && e.target === tr && onOpen) {
			e.preventDefault();		/* or it would press the first button of what opens */
			onOpen(lines.get(tr.key).row);
		}
	});

	return {
		set(rows, order, at) {
			now = at;
			for (const row of rows) {
				let line = lines.get(row.key);
				if (!line) {
					line = { tr: makeLine(columns, onOpen), row };
					line.tr.key = row.key;
					lines.set(row.key, line);
				}
				line.row = row;
				write(line);
			}
			if (order) {
				wanted = order;
				const kept = new Set(order);
				for (const key of Array.from(lines.keys())) {
					if (!kept.has(key))
						lines.delete(key);
				}
			}
			place();
		},
		clear() {
			lines.clear();
			wanted = [];
			body.replaceChildren();
		},
		// Time went on: ages are others.
		tick(at) {
			now = at;
			for (const line of ages.length ? lines.values() : []) {
				for (const i of ages)
					setText(i === 0 && onOpen ? line.tr.cells[i].firstElementChild : line.tr.cells[i], cellText(line.row, columns[i], now));
			}
		},
		size: () => lines.size,
		rows: () => wanted.filter((key) => lines.has(key)).map((key) => lines.get(key).row),
	};
}
