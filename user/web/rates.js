// SPDX-License-Identifier: GPL-2.0-only
// Rates out of totals that the server tells once in a while: nothing is lost where a message is, and a new page begins at its second one.

// Returns {add(ts_ns, totals, since), of(name)}: totals by name. @since tells one run of the server from the next.
export function makeRates() {
	let last = null, rates = new Map(), run = null;
	return {
		add(tsNs, totals, since) {
			if (run !== since)
				last = null;
			run = since;
			if (last && tsNs <= last.tsNs)
				return;
			rates = new Map();
			if (last) {
				const seconds = (tsNs - last.tsNs) / 1e9;
				for (const [name, n] of Object.entries(totals))
					rates.set(name, Math.max(0, n - (last.totals[name] ?? 0)) / seconds);
			}
			last = { tsNs, totals: { ...totals } };
		},
		of: (name) => rates.get(name) ?? 0,
	};
}
