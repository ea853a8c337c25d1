/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal: keys in, text out. The only user of curses. Text is UTF-8; where the terminal's locale is not, or ASCII is asked
 * for, each character shows as one of ASCII (core/ascii.h). One at a time: a terminal cannot be shared.
 *
 * What it changes it changes back: in term_close(), at exit(), and in a handler of SIGSEGV, SIGABRT, SIGQUIT and the like that
 * does nothing else and lets the signal end the process.
 */
#ifndef VIEWS_SCREEN_TERM_H
#define VIEWS_SCREEN_TERM_H
#include <stdbool.h>
#include <stddef.h>

struct term;

struct term_config { bool color, ascii; };

/*
 * Take the terminal of standard output over; keys come from standard input, or from /dev/tty if that is none. Returns 0 or a
 * negative errno with one sentence in @err.
 */
int term_open(const struct term_config *cfg, struct term **ret, char *err, size_t errlen);
/* Give it back as it was. NULL is fine. */
void term_close(struct term *t);

/* Keys: characters are their code points, others are these. */
enum term_key {
	KEY_NONE_ = 0, KEY_BACK_TAB_ = 0x110000, KEY_UP_, KEY_DOWN_, KEY_LEFT_, KEY_RIGHT_, KEY_PAGE_UP_, KEY_PAGE_DOWN_,
	KEY_HOME_, KEY_END_, KEY_ENTER_, KEY_ESCAPE_, KEY_BACKSPACE_, KEY_DELETE_, KEY_REPAINT_, KEY_CLEAR_LINE_, KEY_F1_, KEY_F10_,
	KEY_OTHER_
};

int term_fd(const struct term *t);		/* readable: there are keys */
int term_get_key(struct term *t);		/* the next one; KEY_NONE_: no more for now */
/* Look at the terminal's size again. Returns true if it is another one. */
bool term_look_at_size(struct term *t);
int term_rows(const struct term *t);
int term_cols(const struct term *t);
bool term_is_ascii(const struct term *t);

enum look {
	LOOK_PLAIN, LOOK_DIM, LOOK_BOLD, LOOK_BAR, LOOK_TAB, LOOK_TAB_ON, LOOK_TITLE, LOOK_SORTED, LOOK_SELECTED, LOOK_GOOD,
	LOOK_WARN, LOOK_BAD, LOOK_KEY, LOOK_LINE, LOOK_NAME, LOOK_BOX, LOOK_MAX
};

/* An empty screen to draw on. Nothing shows before term_show(), which sends only what differs. */
void term_clear(struct term *t);
/*
 * @text from row @y, column @x on, cut to @width columns and to the screen. Control characters and what is not UTF-8 show as '?'.
 * Returns the columns used.
 */
int term_put(struct term *t, int y, int x, int width, enum look look, const char *text);
/* The same in exactly @width columns, filled with blanks; flush right if @right. */
void term_fill(struct term *t, int y, int x, int width, enum look look, bool right, const char *text);
/* Where the cursor stands; y < 0: it is hidden. */
void term_cursor(struct term *t, int y, int x);
void term_show(struct term *t);
/* Send everything anew with the next term_show(): others wrote to the terminal. */
void term_repaint(struct term *t);
/* Give the terminal back while we are stopped; take it again. */
void term_leave(struct term *t);
void term_return(struct term *t);
#endif
