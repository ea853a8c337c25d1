/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pairs PAIRS SECONDS [RATE [PID]]
 *
 * PAIRS clients and as many servers, each a process, make short connections over loopback for SECONDS: as fast as they can, or with RATE
 * (not 0) so many a second altogether. More pairs than processors leave none of them idle. The server closes first. Counts what the whole machine
 * did between two instants while all of them work: connections, processor time, time idle; and what process PID used and how often it was
 * woken. One line of JSON; "all" are the connections of the whole run. With no pairs, only PID is looked at.
 */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include "../tools/work.h"

#define PAIRS_MAX 1024
#define PER_LISTENER 50000UL	/* fewer than there are ports: no connection waits for the TIME_WAIT of another */
#define WARM_NS 300000000ULL

struct counter { unsigned long n; char line[56]; };
struct shared { volatile int stop; char line[60]; struct counter pair[PAIRS_MAX]; };

struct instant {
	unsigned long long ns, connections, idle_ticks, steal_ticks, tool_ns, tool_wakeups;
};

static struct shared *shared;

static void expect_bytes(int fd, ssize_t want)
{
	char b;

	if (read(fd, &b, 1) != want)
		die("read: %s", strerror(errno));
}

static void address_of(unsigned int pair, char ret[INET_ADDRSTRLEN])
{
	snprintf(ret, INET_ADDRSTRLEN, "127.0.%u.%u", pair / 250, pair % 250 + 1);
}

/* The server tells the client through @to_client where it listens, each time that it takes a new port. */
static void serve(unsigned int pair, int to_client)
{
	char text[INET_ADDRSTRLEN];
	unsigned int port;
	int listener = -1, fd;

	address_of(pair, text);
	for (unsigned long n = 0;; n++) {
		if (n % PER_LISTENER == 0) {
			if (listener >= 0)
				close(listener);
			listener = bound_socket(FAM_4, text, 0, 4096, &port);
			if (write(to_client, &port, sizeof(port)) != sizeof(port))
				die("write: %s", strerror(errno));
		}
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			die("accept: %s", strerror(errno));
		if (write(fd, "x", 1) != 1)
			die("write: %s", strerror(errno));
		close(fd);
	}
}

static void pace(int timer)
{
	unsigned long long times;

	if (read(timer, &times, sizeof(times)) != sizeof(times))
		die("timerfd: %s", strerror(errno));
}

static int every(unsigned long long ns)
{
	struct itimerspec t = { .it_interval = { (time_t)(ns / 1000000000ULL), (long)(ns % 1000000000ULL) } };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	t.it_value = t.it_interval;
	if (fd < 0 || timerfd_settime(fd, 0, &t, NULL))
		die("timerfd: %s", strerror(errno));
	return fd;
}

/* @gap_ns: from one connection's begin to the next one's; 0: none. */
static void ask(unsigned int pair, int from_server, unsigned long long gap_ns)
{
	int timer = gap_ns ? every(gap_ns) : -1, fd;
	char text[INET_ADDRSTRLEN];
	struct sockaddr_storage a;
	socklen_t len = 0;
	unsigned int port;

	address_of(pair, text);
	for (unsigned long n = 0; !shared->stop; n++) {
		if (n % PER_LISTENER == 0) {
			if (read(from_server, &port, sizeof(port)) != sizeof(port))
				die("the server is gone");
			len = make_addr(FAM_4, text, port, &a);
		}
		if (timer >= 0)
			pace(timer);
		fd = new_socket(FAM_4, 0);
		if (connect(fd, (const struct sockaddr *)&a, len))
			die("connect: %s", strerror(errno));
		expect_bytes(fd, 1);
		expect_bytes(fd, 0);
		close(fd);
		shared->pair[pair].n++;
	}
}

/* --- what is counted --------------------------------------------------------------------------------------------------- */

/* Processor time and voluntary switches of all of @pid's threads: each of those ends in a wake-up. */
static void read_tool(unsigned long pid, struct instant *ret)
{
	char path[64 + 256], line[128];
	unsigned long long v;
	struct dirent *d;
	DIR *dir;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%lu/task", pid);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%lu/task/%s/schedstat", pid, d->d_name);
		f = fopen(path, "re");
		if (f && fscanf(f, "%llu", &v) == 1)
			ret->tool_ns += v;
		if (f)
			fclose(f);
		snprintf(path, sizeof(path), "/proc/%lu/task/%s/status", pid, d->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, "voluntary_ctxt_switches: %llu", &v) == 1)
				ret->tool_wakeups += v;
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
}

static struct instant look(unsigned int pairs, unsigned long pid)
{
	unsigned long long user, nice, sys, idle, iowait, irq, softirq, steal;
	struct instant i = { 0 };
	FILE *f = fopen("/proc/stat", "re");

	if (!f || fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &sys, &idle, &iowait, &irq, &softirq, &steal) != 8)
		die("/proc/stat: %s", strerror(errno));
	fclose(f);
	i.idle_ticks = idle + iowait;
	i.steal_ticks = steal;
	if (pid)
		read_tool(pid, &i);
	i.ns = now_ns();
	for (unsigned int p = 0; p < pairs; p++)
		i.connections += shared->pair[p].n;
	return i;
}

static void wait_ns(unsigned long long ns)
{
	int timer = every(ns);

	pace(timer);
	close(timer);
}

static void print(const struct instant *a, const struct instant *b, unsigned int pairs, unsigned long long all)
{
	const double tick = 1e9 / (double)sysconf(_SC_CLK_TCK), cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
	double ns = (double)(b->ns - a->ns), n = (double)(b->connections - a->connections), whole = ns * cpus, per = n > 0 ? n : 1;
	double idle = (double)(b->idle_ticks - a->idle_ticks) * tick, steal = (double)(b->steal_ticks - a->steal_ticks) * tick;

	printf("{\"pairs\":%u,\"seconds\":%.3f,\"connections\":%.0f,\"all\":%llu,\"per_second\":%.0f,\"busy_us\":%.4f,\"idle\":%.4f,"
	       "\"steal\":%.4f,\"tool_us\":%.4f,\"tool_core\":%.6f,\"tool_wakeups\":%.2f}\n",
	       pairs, ns / 1e9, n, all, n * 1e9 / ns, (whole - idle - steal) / 1e3 / per, idle / whole, steal / whole,
	       (double)(b->tool_ns - a->tool_ns) / 1e3 / per, (double)(b->tool_ns - a->tool_ns) / ns,
	       (double)(b->tool_wakeups - a->tool_wakeups) * 1e9 / ns);
}

static pid_t child(unsigned int pair, int fd, unsigned long long gap_ns, bool server)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	if (server)
		serve(pair, fd);
	else
		ask(pair, fd, gap_ns);
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned int pairs = argc > 2 ? (unsigned int)parse_count(argv[1]) : 0;
	unsigned long rate = argc > 3 ? parse_count(argv[3]) : 0, pid = argc > 4 ? parse_count(argv[4]) : 0;
	double seconds = argc > 2 ? atof(argv[2]) : 0;
	pid_t server[PAIRS_MAX], client[PAIRS_MAX];
	struct instant begin, end;
	int fd[2], status;
	bool failed = false;

	if (argc < 3 || pairs > PAIRS_MAX || seconds <= 0)
		die("usage: pairs PAIRS SECONDS [RATE [PID]]");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	for (unsigned int p = 0; p < pairs; p++) {
		if (pipe(fd))
			die("pipe: %s", strerror(errno));
		server[p] = child(p, fd[1], 0, true);
		close(fd[1]);
		client[p] = child(p, fd[0], rate ? 1000000000ULL * pairs / rate : 0, false);
		close(fd[0]);
	}
	wait_ns(WARM_NS);
	begin = look(pairs, pid);
	wait_ns((unsigned long long)(seconds * 1e9));
	end = look(pairs, pid);
	shared->stop = 1;
	for (unsigned int p = 0; p < pairs; p++)
		failed |= waitpid(client[p], &status, 0) != client[p] || status;
	for (unsigned int p = 0; p < pairs; p++) {
		kill(server[p], SIGTERM);
		waitpid(server[p], &status, 0);
		failed |= !WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM;
	}
	if (failed)
		die("a client or a server failed");
	print(&begin, &end, pairs, look(pairs, 0).connections);
	return 0;
}
