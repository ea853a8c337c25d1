/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/screen/term.h"
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include "core/text/ascii.h"
#include "core/text/utf8.h"

#define ESCAPE_MS 50		/* how long the rest of a key's sequence may take */
#define LINE_BYTES 4096

struct term {
	SCREEN *screen;
	FILE *keys;
	int rows, cols;
	int cursor_y, cursor_x;
	bool utf8, has_colors;
	attr_t attrs[LOOK_MAX];
};

/* --- the way back, for a process that crashes ------------------------------------------------------------------------- */

/* What ends a process that does not ask for it; SIGINT, SIGTERM and SIGHUP are read as news (loop.h). */
static const int crashes[] = {
	SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGTRAP, SIGSYS, SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR2,
};
#define N_CRASHES (sizeof(crashes) / sizeof(crashes[0]))

/* Static, since a signal handler has nothing else; there is one terminal. */
static struct {
	volatile sig_atomic_t up;
	int in, out;
	struct termios modes;
	char text[256];			/* sequences that undo ours */
	size_t len;
	struct sigaction old[N_CRASHES];
	stack_t stack, old_stack;
} back;

/* Async-signal-safe: write() and tcsetattr() are, and there is nothing else. */
static void give_back(void)
{
	if (!back.up)
		return;
	back.up = 0;
	(void)!write(back.out, back.text, back.len);
	(void)tcsetattr(back.in, TCSANOW, &back.modes);
}

static void on_crash(int sig)
{
	give_back();
	/* SA_RESETHAND: the second one ends us, with the exit status and the core dump of the first. */
	(void)raise(sig);
}

/* A capability's sequence without its padding ("$<5>"), which only terminals of paper need. */
static void add_sequence(const char *capability)
{
	const char *s = tigetstr(capability);

	if (!s || s == (const char *)-1)
		return;
	for (; *s && back.len < sizeof(back.text); s++) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
			s = strchr(s, '>');
		else
			back.text[back.len++] = *s;
	}
}

static void prepare_way_back(int in, int out, const struct termios *modes)
{
	static const char *const undo[] = { "sgr0", "op", "rmkx", "cnorm", "rmcup" };
	struct sigaction sa = { .sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK) };
	static bool at_exit;
	size_t i;

	back.in = in;
	back.out = out;
	back.modes = *modes;
	back.len = 0;
	for (i = 0; i < sizeof(undo) / sizeof(undo[0]); i++)
		add_sequence(undo[i]);
	/* A stack of its own: the crash may be that the stack is full. */
	back.stack = (stack_t){ .ss_size = (size_t)SIGSTKSZ + 16384 };
	back.stack.ss_sp = malloc(back.stack.ss_size);
	if (!back.stack.ss_sp || sigaltstack(&back.stack, &back.old_stack))
		sa.sa_flags &= ~SA_ONSTACK;
	for (i = 0; i < N_CRASHES; i++)
		(void)sigaction(crashes[i], &sa, &back.old[i]);
	if (!at_exit)
		at_exit = atexit(give_back) == 0;
	back.up = 1;
}

static void forget_way_back(void)
{
	size_t i;

	back.up = 0;
	for (i = 0; i < N_CRASHES; i++)
		(void)sigaction(crashes[i], &back.old[i], NULL);
	if (back.stack.ss_sp) {
		back.old_stack.ss_flags |= back.old_stack.ss_sp ? 0 : SS_DISABLE;
		(void)sigaltstack(&back.old_stack, NULL);
	}
	free(back.stack.ss_sp);
	back.stack.ss_sp = NULL;
}

/* --- colours ---------------------------------------------------------------------------------------------------------- */

struct palette { short fg, bg, fg256, bg256; attr_t attrs, attrs_mono; };

static const struct palette palettes[LOOK_MAX] = {
	[LOOK_PLAIN] = { -1, -1, -1, -1, A_NORMAL, A_NORMAL },
	[LOOK_DIM] = { -1, -1, 244, -1, A_NORMAL, A_NORMAL },
	[LOOK_BOLD] = { -1, -1, -1, -1, A_BOLD, A_BOLD },
	[LOOK_BAR] = { COLOR_WHITE, COLOR_BLUE, 255, 24, A_NORMAL, A_REVERSE },
	[LOOK_TAB] = { -1, -1, 250, 236, A_NORMAL, A_NORMAL },
	[LOOK_TAB_ON] = { COLOR_BLACK, COLOR_CYAN, 16, 80, A_BOLD, A_REVERSE | A_BOLD },
	[LOOK_TITLE] = { COLOR_BLACK, COLOR_GREEN, 16, 71, A_NORMAL, A_REVERSE },
	[LOOK_SORTED] = { COLOR_BLACK, COLOR_CYAN, 16, 80, A_NORMAL, A_REVERSE | A_BOLD },
	[LOOK_SELECTED] = { COLOR_BLACK, COLOR_CYAN, 16, 110, A_NORMAL, A_REVERSE },
	[LOOK_GOOD] = { COLOR_GREEN, -1, 77, -1, A_NORMAL, A_NORMAL },
	[LOOK_WARN] = { COLOR_YELLOW, -1, 221, -1, A_NORMAL, A_BOLD },
	[LOOK_BAD] = { COLOR_WHITE, COLOR_RED, 231, 160, A_BOLD, A_REVERSE | A_BOLD },
	[LOOK_KEY] = { COLOR_CYAN, -1, 80, -1, A_BOLD, A_BOLD },
	[LOOK_LINE] = { COLOR_CYAN, -1, 67, -1, A_NORMAL, A_NORMAL },
	[LOOK_NAME] = { COLOR_CYAN, -1, 80, -1, A_NORMAL, A_NORMAL },
	[LOOK_BOX] = { -1, -1, 236, -1, A_NORMAL, A_NORMAL },
};

static void choose_attrs(struct term *t, bool color)
{
	short i;

	t->has_colors = color && has_colors() && start_color() == OK && COLORS >= 8;
	if (t->has_colors)
		(void)use_default_colors();
	for (i = 0; i < LOOK_MAX; i++) {
		const struct palette *p = &palettes[i];
		bool many = COLORS >= 256;

		t->attrs[i] = p->attrs_mono;
		if (t->has_colors && init_pair((short)(i + 1), many ? p->fg256 : p->fg, many ? p->bg256 : p->bg) == OK)
			t->attrs[i] = p->attrs | (attr_t)COLOR_PAIR(i + 1);
	}
}

/* --- open and close --------------------------------------------------------------------------------------------------- */

static int open_keys(struct term *t)
{
	int fd = isatty(STDIN_FILENO) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	t->keys = fdopen(fd, "r");
	if (!t->keys) {
		close(fd);
		return -ENOMEM;
	}
	return 0;
}

static void set_modes(struct term *t)
{
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)intrflush(stdscr, FALSE);
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)set_escdelay(ESCAPE_MS);
	(void)curs_set(0);
	getmaxyx(stdscr, t->rows, t->cols);
}

int term_open(const struct term_config *cfg, struct term **ret, char *err, size_t errlen)
{
	struct term *t = calloc(1, sizeof(*t));
	const char *name = getenv("TERM");
	struct termios modes;
	int e = -ENOMEM;

	if (!t) {
		(void)snprintf(err, errlen, "out of memory");
		return e;
	}
	e = open_keys(t);
	if (!e && tcgetattr(fileno(t->keys), &modes))
		e = -errno;
	if (e) {
		(void)snprintf(err, errlen, "no keyboard: the screen needs a terminal; without one use: twtrace stream");
		goto out;
	}
	(void)setlocale(LC_CTYPE, "");
	t->utf8 = !cfg->ascii && MB_CUR_MAX > 1 && !strcmp(nl_langinfo(CODESET), "UTF-8");
	(void)fflush(stdout);
	t->screen = newterm(NULL, stdout, t->keys);
	if (!t->screen) {
		e = -ENOTTY;
		(void)snprintf(err, errlen, "nothing is known about a terminal of type '%.40s': set TERM, for example to xterm; "
			       "or use: twtrace stream", name ? name : "");
		goto out;
	}
	prepare_way_back(fileno(t->keys), STDOUT_FILENO, &modes);
	set_modes(t);
	choose_attrs(t, cfg->color);
	t->cursor_y = -1;
	*ret = t;
	return 0;
out:
	if (t->keys)
		(void)fclose(t->keys);
	free(t);
	return e;
}

void term_close(struct term *t)
{
	if (!t)
		return;
	(void)endwin();
	forget_way_back();
	delscreen(t->screen);
	(void)fclose(t->keys);
	free(t);
}

/* --- keys -------------------------------------------------------------------------------------------------------------- */

int term_fd(const struct term *t)
{
	return fileno(t->keys);
}

static int special_key(wint_t key)
{
	static const struct { wint_t curses; int ours; } map[] = {
		{ KEY_BTAB, KEY_BACK_TAB_ }, { KEY_UP, KEY_UP_ }, { KEY_DOWN, KEY_DOWN_ }, { KEY_LEFT, KEY_LEFT_ },
		{ KEY_RIGHT, KEY_RIGHT_ }, { KEY_PPAGE, KEY_PAGE_UP_ }, { KEY_NPAGE, KEY_PAGE_DOWN_ }, { KEY_HOME, KEY_HOME_ },
		{ KEY_END, KEY_END_ }, { KEY_ENTER, KEY_ENTER_ }, { KEY_BACKSPACE, KEY_BACKSPACE_ }, { KEY_DC, KEY_DELETE_ },
		{ KEY_F(1), KEY_F1_ }, { KEY_F(10), KEY_F10_ }, { KEY_RESIZE, KEY_REPAINT_ },
	};

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (map[i].curses == key)
			return map[i].ours;
	}
	return KEY_OTHER_;
}

int term_get_key(struct term *t)
{
	wint_t key;
	int kind = get_wch(&key);

	(void)t;
	if (kind == ERR)
		return KEY_NONE_;
	if (kind == KEY_CODE_YES)
		return special_key(key);
	switch (key) {
	case 0: return KEY_OTHER_;
	case '\r':
	case '\n': return KEY_ENTER_;
	case 27: return KEY_ESCAPE_;
	case 8:
	case 127: return KEY_BACKSPACE_;
	case 12: return KEY_REPAINT_;		/* ^L */
	case 21: return KEY_CLEAR_LINE_;	/* ^U */
	}
	return key == '\t' || key >= 32 ? (int)key : KEY_OTHER_;
}

bool term_look_at_size(struct term *t)
{
	struct winsize ws;

	if (ioctl(back.out, TIOCGWINSZ, &ws) || !ws.ws_row || !ws.ws_col || (ws.ws_row == t->rows && ws.ws_col == t->cols))
		return false;
	(void)resizeterm(ws.ws_row, ws.ws_col);
	getmaxyx(stdscr, t->rows, t->cols);
	(void)clearok(curscr, TRUE);
	return true;
}

int term_rows(const struct term *t) { return t->rows; }
int term_cols(const struct term *t) { return t->cols; }
bool term_is_ascii(const struct term *t) { return !t->utf8; }

/* --- drawing ------------------------------------------------------------------------------------------------------------ */

void term_clear(struct term *t)
{
	(void)attrset((int)t->attrs[LOOK_PLAIN]);
	(void)erase();
}

/* The character at *@s as it shows, into @ret (at most 4 bytes); steps over it. Returns its columns. */
static int show_char(const struct term *t, const char **s, char ret[8], size_t *ret_len)
{
	unsigned int cp = '?', n = utf8_next(*s, &cp);
	int columns = 1;

	if (!n || utf8_is_control(cp))
		cp = '?';
	if (cp >= 0x80 && t->utf8) {
		columns = wcwidth((wchar_t)cp);
		if (columns < 0)
			cp = '?';
	}
	if (cp >= 0x80 && t->utf8) {
		memcpy(ret, *s, n);
		*ret_len = n;
	} else {
		ret[0] = ascii_for(cp);
		*ret_len = 1;
		columns = 1;
	}
	*s += n ? n : 1;
	return columns;
}

int term_put(struct term *t, int y, int x, int width, enum look look, const char *text)
{
	char line[LINE_BYTES], c[8];
	size_t n = 0, len;
	int used = 0, columns;

	if (y < 0 || y >= t->rows || x < 0 || x >= t->cols)
		return 0;
	width = width < t->cols - x ? width : t->cols - x;
	while (*text && n + sizeof(c) < sizeof(line)) {
		columns = show_char(t, &text, c, &len);
		if (used + columns > width)
			break;
		memcpy(line + n, c, len);
		n += len;
		used += columns;
	}
	(void)attrset((int)t->attrs[look]);
	(void)mvaddnstr(y, x, line, (int)n);
	return used;
}

static int columns_of(const struct term *t, const char *text)
{
	int used = 0;
	size_t len;
	char c[8];

	while (*text)
		used += show_char(t, &text, c, &len);
	return used;
}

void term_fill(struct term *t, int y, int x, int width, enum look look, bool right, const char *text)
{
	int used = right ? columns_of(t, text) : 0, at = x;

	if (width <= 0)
		return;
	if (right && used < width) {
		for (; at < x + width - used && at < t->cols; at++)
			(void)term_put(t, y, at, 1, look, " ");
	}
	at += term_put(t, y, at, x + width - at, look, text);
	for (; at < x + width && at < t->cols; at++)
		(void)term_put(t, y, at, 1, look, " ");
}

void term_cursor(struct term *t, int y, int x)
{
	t->cursor_y = y;
	t->cursor_x = x;
}

void term_show(struct term *t)
{
	(void)curs_set(t->cursor_y >= 0);
	if (t->cursor_y >= 0)
		(void)move(t->cursor_y, t->cursor_x < t->cols ? t->cursor_x : t->cols - 1);
	(void)refresh();
}

void term_repaint(struct term *t)
{
	(void)t;
	(void)clearok(curscr, TRUE);
}

void term_leave(struct term *t)
{
	(void)t;
	(void)endwin();
	back.up = 0;
}

void term_return(struct term *t)
{
	back.up = 1;
	(void)clearok(curscr, TRUE);
	term_show(t);
}
