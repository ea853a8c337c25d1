// SPDX-License-Identifier: GPL-2.0-only
// Elements. Whatever comes from the traced host becomes a text node or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (value !== null && value !== undefined && value !== false)
			node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children);
	return node;
}

// Children: nodes, or strings, which stay text.
export function html(name, attributes, ...children) {
	return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
	return fill(document.createElementNS(SVG, name), attributes, children);
}

// Touches the page only where something changes: a screen reader is told about each change.
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

export function setAttr(node, name, value) {
	if (node.getAttribute(name) !== String(value))
		node.setAttribute(name, value);
}
