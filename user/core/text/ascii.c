/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/ascii.h"
#include <stddef.h>

char ascii_for(unsigned int cp)
{
	static const char heights[8] = "_.:-=+*#";	/* U+2581 on: lower one eighth to a full block */
	static const struct { unsigned int cp; char c; } map[] = {
		{ 0x2500, '-' }, { 0x2502, '|' }, { 0x250c, '+' }, { 0x2510, '+' }, { 0x2514, '+' }, { 0x2518, '+' },
		{ 0x251c, '+' }, { 0x2524, '+' }, { 0x252c, '+' }, { 0x2534, '+' }, { 0x253c, '+' },
		{ 0x25b2, '^' }, { 0x25b6, '>' }, { 0x25bc, 'v' }, { 0x25c0, '<' },
		{ 0x2190, '<' }, { 0x2191, '^' }, { 0x2192, '>' }, { 0x2193, 'v' },
		{ 0x00b7, '.' }, { 0x2026, '~' }, { 0x00d7, 'x' }, { 0x2013, '-' }, { 0x2026, '~' },
	};
	size_t i;

	if (cp < 0x80)
		return (char)cp;
	if (cp >= 0x2581 && cp <= 0x2588)
		return heights[cp - 0x2581];
	if (cp >= 0x2589 && cp <= 0x258f)	/* the left part of a block */
		return '#';
	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (map[i].cp == cp)
			return map[i].c;
	}
	return '?';
}
