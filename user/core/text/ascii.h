/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands for a character where only ASCII can be shown: lines and corners, bars, arrows. One column for one column. */
#ifndef CORE_TEXT_ASCII_H
#define CORE_TEXT_ASCII_H

/* The character for code point @cp; '?' if there is none. */
char ascii_for(unsigned int cp);
#endif
