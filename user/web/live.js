// SPDX-License-Identifier: GPL-2.0-only
// The server's stream of differences: opened for what is shown, closed while nobody looks, opened again after a break.

const AGAIN_MS = 2000, AGAIN_MAX_MS = 30000;

// Returns {open(query), close()}. on: {status(word), begin(), summary(object), rows(object), seeking(object), refused(sentence)}. Words: "connecting", "live", "lost".
export function makeLive(on) {
	let source = null, timer = 0, wait = AGAIN_MS, asked = "";

	function stop() {
		clearTimeout(timer);
		timer = 0;
		if (source)
			source.close();
		source = null;
	}

	// The browser tries again by itself where the connection broke; not where the server answered with an error, whose words it keeps from us.
	async function failed(from) {
		if (from !== source)
			return;
		on.status("lost");
		if (from.readyState !== EventSource.CLOSED)
			return;
		source = null;
		timer = setTimeout(start, wait);
		wait = Math.min(2 * wait, AGAIN_MAX_MS);
	}

	function start() {
		const mine = new EventSource("/api/v1/stream?" + asked);
		const hear = (name, what) => mine.addEventListener(name, (e) => mine === source && what(JSON.parse(e.data)));
		source = mine;
		mine.addEventListener("open", () => {
			if (mine !== source)
				return;
			wait = AGAIN_MS;
			on.begin();
			on.status("live");
		});
		mine.addEventListener("error", () => failed(mine));
		hear("summary", on.summary);
		hear("rows", on.rows);
		hear("seeking", on.seeking);
		hear("refused", (said) => on.refused(said.error));
	}

	return {
		open(query) {
			stop();
			asked = query;
			wait = AGAIN_MS;
			on.status("connecting");
			start();
		},
		close: stop,
	};
}
