/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stackwork [CLIENTS [LEAKS [DEPTH]]]: connections over loopback, by known functions: half of the clients are opened by way_a(), half by way_b(), all
 * are closed first by finish_first(), and taken by take_one() of the server's thread, which closes them in serve_end(). LEAKS more are taken by take_and_forget()
 * and never closed. DEPTH more frames of deep() lie below each way. The listener is made by open_door().
 * With -DMADE main() calls way_a() by code that it made at run time, which lies between two mappings of the program's file, as in JavaScript's V8.
 * Says "ready PORT" before the first and "done" after the last, then waits for the end of its standard input.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __clang__
#define FUNCTION __attribute__((noinline))
#else
#define FUNCTION __attribute__((noinline, noclone))
#endif
/* No tail call, so that the caller stays on the stack; and no two functions are the same one. */
#define KEEP() __asm__ volatile("# %0" :: "i"(__COUNTER__) : "memory")

static struct sockaddr_in address = { .sin_family = AF_INET };
static int door, clients, leaks, depth;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

FUNCTION static int open_one(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("connect");
	KEEP();
	return fd;
}

FUNCTION static int deep(int left)
{
	volatile char room[256];
	int fd;

	room[0] = (char)left;
	fd = left > 0 ? deep(left - 1) : open_one();
	KEEP();
	return fd + 0 * room[0];
}

FUNCTION static int way_a(void)
{
	int fd = deep(depth);

	KEEP();
	return fd;
}

FUNCTION static int way_b(void)
{
	int fd = deep(depth);

	KEEP();
	return fd;
}

FUNCTION static void finish_first(int fd)
{
	char c;

	if (write(fd, "x", 1) != 1 || shutdown(fd, SHUT_WR) || read(fd, &c, 1) < 0)
		die("client");
	close(fd);
	KEEP();
}

FUNCTION static int take_one(void)
{
	int fd = accept(door, NULL, NULL);
	char c;

	if (fd < 0 || read(fd, &c, 1) != 1)
		die("accept");
	KEEP();
	return fd;
}

FUNCTION static int take_and_forget(void)
{
	int fd = accept(door, NULL, NULL);
	char c;

	if (fd < 0 || read(fd, &c, 1) != 1)
		die("accept");
	KEEP();
	return fd;
}

FUNCTION static void serve_end(int fd)
{
	char c;

	if (read(fd, &c, 1) != 0)
		die("server");
	close(fd);
	KEEP();
}

FUNCTION static void open_door(void)
{
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	door = socket(AF_INET, SOCK_STREAM, 0);
	if (door < 0 || bind(door, (struct sockaddr *)&address, len) || getsockname(door, (struct sockaddr *)&address, &len) || listen(door, 64))
		die("listen");
	KEEP();
}

static void *serve(void *unused)
{
	(void)unused;
	for (int i = 0; i < clients; i++)
		serve_end(take_one());
	for (int i = 0; i < leaks; i++)
		take_and_forget();
	KEEP();
	return NULL;
}

/* The peer closes, the server does not. */
FUNCTION static void leave(int fd)
{
	if (write(fd, "x", 1) != 1)
		die("client");
	close(fd);
	KEEP();
}

#ifdef MADE
#include <fcntl.h>
#include <sys/mman.h>

/* Calls its argument, which returns an int, and keeps a frame pointer. */
static const unsigned char code[] = {
#if defined(__x86_64__)
	0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3,	/* push %rbp; mov %rsp, %rbp; call *%rdi; pop %rbp; ret */
#elif defined(__aarch64__)
	/* stp x29, x30, [sp, #-16]!; mov x29, sp; blr x0; ldp x29, x30, [sp], #16; ret */
	0xfd, 0x7b, 0xbf, 0xa9, 0xfd, 0x03, 0x00, 0x91, 0x00, 0x00, 0x3f, 0xd6, 0xfd, 0x7b, 0xc1, 0xa8, 0xc0, 0x03, 0x5f, 0xd6,
#endif
};

static int (*made)(int (*function)(void));

static void make_code(void)
{
	int self = open("/proc/self/exe", O_RDONLY);
	/* The newer one lies below the older one. */
	void *again = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, self, 0);
	void *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (again == MAP_FAILED || page == MAP_FAILED || page > again)
		die("mmap");
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache(page, (char *)page + sizeof(code));
	memcpy(&made, &page, sizeof(made));
	close(self);
}

#define CALL(function) made(function)
#else
#define make_code() do { } while (0)
#define CALL(function) function()
#endif

int main(int argc, char **argv)
{
	pthread_t server;
	char c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	clients = argc > 1 ? atoi(argv[1]) : 2;
	leaks = argc > 2 ? atoi(argv[2]) : 0;
	depth = argc > 3 ? atoi(argv[3]) : 0;
	make_code();
	open_door();
	printf("ready %u\n", ntohs(address.sin_port));
	/* The stack's rest is above what is looked at first: a way that is the same there is told apart all the same. */
	if (pthread_create(&server, NULL, serve, NULL))
		die("thread");
	for (int i = 0; i < clients; i++)
		finish_first(i % 2 ? way_b() : CALL(way_a));
	for (int i = 0; i < leaks; i++)
		leave(CALL(way_a));
	pthread_join(server, NULL);
	printf("done\n");
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
