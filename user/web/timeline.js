// SPDX-License-Identifier: GPL-2.0-only
// The time line of a recording: connections by state over all of it, the moment that is shown, and how it goes on. The controls are the server's, so that
// one can go to a moment without JavaScript; seconds are counted from the recording's first event.
import { html, setAttr, setText, svg } from "./dom.js";
import { fmtClock, fmtCount, fmtDuration } from "./format.js";

const COURSE_ORDER = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "CLOSING", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT"];
const COURSE_WIDTH = 1000, COURSE_HIGH = 64, SEEK_WAIT_MS = 120;

// The outline of steps: from @low up to @high, both lists of heights.
function outlineOf(low, high, xOf, yOf) {
	const there = [], back = [];
	for (let i = 0; i < high.length; i++) {
		there.push(`${i ? "L" : "M"}${xOf(i)} ${yOf(high[i])}L${xOf(i + 1)} ${yOf(high[i])}`);
		back.unshift(`L${xOf(i + 1)} ${yOf(low[i])}L${xOf(i)} ${yOf(low[i])}`);
	}
	return there.join("") + back.join("") + "Z";
}

// @course: the object of /api/v1/timeline. Returns the picture.
export function drawCourse(course) {
	const states = COURSE_ORDER.filter((state) => state in course.most), n = states.length ? course.most[states[0]].length : 0;
	const length = Math.max(1, course.end_ns - course.first_ns), sums = [new Array(n).fill(0)];
	for (const state of states)
		sums.push(course.most[state].map((count, i) => count + sums[sums.length - 1][i]));
	const top = Math.max(1, ...sums[sums.length - 1]);
	const xOf = (i) => (Math.min(1, Math.max(0, (course.start_ns - course.first_ns + i * course.step_ns) / length)) * COURSE_WIDTH).toFixed(1);
	const yOf = (count) => (COURSE_HIGH * (1 - count / top)).toFixed(1);
	const picture = svg("svg", { viewBox: `0 0 ${COURSE_WIDTH} ${COURSE_HIGH}`, preserveAspectRatio: "none", role: "img",
		"aria-label": `connections over time, ${fmtCount(top)} at most` });
	for (const [i, state] of states.entries())
		picture.append(svg("path", { d: outlineOf(sums[i], sums[i + 1], xOf, yOf), "data-state": state }, svg("title", {}, state)));
	picture.append(svg("line", { class: "now", x1: 0, x2: 0, y1: 0, y2: COURSE_HIGH }));
	return { picture, legend: html("ul", { class: "legend" }, html("li", { class: "top" }, `at most ${fmtCount(top)}`),
		...states.map((state) => html("li", { "data-state": state }, state))) };
}

// @section: what the server wrote. on: leave(): what is shown is not what will be, go(seconds; null: to the end), play(seconds, speed), stop(seconds).
// Returns {hear(summary), playing(on), seek(step), toggle()}.
export function makeTimeline(section, on) {
	const range = section.querySelector("#at"), said = section.querySelector("#at-says"), play = section.querySelector("#play");
	const speed = section.querySelector("#speed"), place = section.querySelector(".course");
	let length = Number(range.max), asked = false, held = false, plays = false, timer = 0, seconds = Number(range.value);

	function show(at, time) {
		seconds = at;
		setText(said, `${fmtDuration(at * 1e9)} of ${fmtDuration(length * 1e9)}${time ? ", " + fmtClock(time) + " UTC" : ""}`);
		setAttr(range, "aria-valuetext", fmtDuration(at * 1e9));
		const mark = place.querySelector("line.now");
		for (const name of mark ? ["x1", "x2"] : [])
			setAttr(mark, name, (length ? at / length * COURSE_WIDTH : 0).toFixed(1));
	}

	function go(at) {
		clearTimeout(timer);
		held = false;
		at = Math.min(Math.max(at, 0), length);
		range.value = at;
		show(at, "");
		on.go(at >= length ? null : at);
	}

	async function draw() {
		const answer = await fetch("/api/v1/timeline");
		if (!answer.ok)
			return;
		const { picture, legend } = drawCourse(await answer.json());
		place.replaceChildren(picture, legend);
		picture.addEventListener("click", (e) => go((e.clientX - picture.getBoundingClientRect().left) / picture.clientWidth * length));
		show(seconds, "");
	}

	function toggle() {
		if (plays)
			on.stop(seconds);
		else
			on.play(seconds >= length ? 0 : seconds, Number(speed.value));
	}

	// Where more of the same may follow at once.
	function later(at) {
		held = true;
		range.value = at;
		show(Number(range.value), "");
		on.leave();
		clearTimeout(timer);
		timer = setTimeout(() => go(Number(range.value)), SEEK_WAIT_MS);
	}

	range.addEventListener("input", () => later(Number(range.value)));
	range.addEventListener("change", () => held && go(Number(range.value)));
	play.addEventListener("click", toggle);
	speed.addEventListener("change", () => plays && on.play(seconds, Number(speed.value)));
	section.querySelector("#player").hidden = false;
	return {
		hear(s) {
			length = (s.end_ns - s.first_ns) / 1e9;
			setAttr(range, "max", length);
			if (s.whole && !asked) {
				asked = true;
				draw();
			}
			range.disabled = play.disabled = !s.whole;
			if (held)
				return;
			const at = Math.min(Math.max((s.ts_ns - s.first_ns) / 1e9, 0), length);
			range.value = at;
			show(at, s.time);
		},
		playing(is) {
			plays = is;
			setAttr(play, "aria-pressed", is);
			setText(play, is ? "Stop" : "Play");
		},
		seek: (step) => later(seconds + step),
		toggle,
	};
}
