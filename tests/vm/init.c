/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PID 1 of a test guest. Its root is the host's root directory (virtiofs, read-only) under a tmpfs
 * overlay; it runs one command, passes stdout, stderr and the exit status out by three virtio ports,
 * and powers off. With a terminal size in the job the command gets a terminal (hvc0) instead.
 *
 * /job in the initrd, every string ended by a NUL byte: module folder, sysroot, working directory,
 * "ROWS COLS" or "", host name, TERM, then the command and its arguments. The sysroot, if any, is a
 * folder of the host with another machine's programs and libraries: its /usr is used in place of the
 * host's, where /bin and /lib are links into.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 256
#define PORT_WAIT_MS 20000

struct job {
	const char *modules;
	const char *sysroot;
	const char *cwd;
	const char *winsize;
	const char *hostname;
	const char *term;
	char *argv[MAX_ARGS + 1];
};

static __attribute__((noreturn)) void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* A guest that cannot come up says why on its console; the host finds no exit status and shows it. */
static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
	power_off();
}

static void mount_at(const char *type, const char *source, const char *target, unsigned long flags, const char *data)
{
	if (mkdir(target, 0755) && errno != EEXIST)
		die(target);
	if (mount(source, target, type, flags, data))
		die(target);
}

/* For what not every kernel has (tracefs, cgroup2): the tests that need it say so themselves. */
static void mount_if_known(const char *type, const char *target)
{
	mkdir(target, 0755);
	mount(type, target, type, 0, NULL);
}

static void read_job(struct job *job)
{
	static char text[64 * 1024];
	const char **head[] = { &job->modules, &job->sysroot, &job->cwd, &job->winsize, &job->hostname, &job->term };
	size_t n = 0, argc = 0, len = 0;
	ssize_t got;
	int fd;

	fd = open("/job", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("/job");
	while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	close(fd);
	for (char *p = text; p < text + len; p += strlen(p) + 1, n++) {
		if (n < sizeof(head) / sizeof(head[0]))
			*head[n] = p;
		else if (argc < MAX_ARGS)
			job->argv[argc++] = p;
		else
			errno = E2BIG, die("/job");
	}
	if (!argc)
		errno = EINVAL, die("/job");
}

/* The initrd names the modules so that alphabetic order is dependency order. */
static void load_modules(void)
{
	struct dirent **names;
	char path[300];
	int n, fd;

	n = scandir("/modules", &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			die(path);
		close(fd);
	}
}

/* Opens the virtio port that the host called @name, or returns -1 when there is none so far. */
static int try_port(const char *name)
{
	struct dirent *d;
	char path[320], got[64];
	int fd = -1;
	FILE *f;
	DIR *dir;

	dir = opendir("/sys/class/virtio-ports");
	while (dir && fd < 0 && (d = readdir(dir))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", d->d_name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%63s", got) == 1 && !strcmp(got, name)) {
			snprintf(path, sizeof(path), "/dev/%s", d->d_name);
			fd = open(path, O_WRONLY | O_CLOEXEC);
		}
		fclose(f);
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* Ports get their names some time after the driver is loaded; each name raises a uevent. */
static int open_port(int uevents, const char *name)
{
	struct pollfd p = { .fd = uevents, .events = POLLIN };
	char buf[4096];
	int fd;

	while ((fd = try_port(name)) < 0) {
		if (poll(&p, 1, PORT_WAIT_MS) <= 0)
			errno = ENODEV, die(name);
		if (recv(uevents, buf, sizeof(buf), 0) < 0 && errno != ENOBUFS)
			die(name);
	}
	return fd;
}

static int open_uevents(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("uevents");
	return fd;
}

/* @lower, folders that stay as they are, at @target; what is written there goes to a folder @name of a tmpfs. */
static void overlay_at(const char *lower, const char *name, const char *target)
{
	char dir[64], data[PATH_MAX + 256];

	snprintf(dir, sizeof(dir), "/rw/%s", name);
	mkdir(dir, 0755);
	snprintf(dir, sizeof(dir), "/rw/%s-work", name);
	mkdir(dir, 0755);
	snprintf(data, sizeof(data), "lowerdir=%s,upperdir=/rw/%s,workdir=%s", lower, name, dir);
	mount_at("overlay", "overlay", target, 0, data);
}

static void mount_root(const char *sysroot)
{
	char usr[PATH_MAX];

	mount_at("virtiofs", "root", "/host", MS_RDONLY, NULL);
	mount_at("tmpfs", "tmpfs", "/rw", 0, "mode=0755");
	overlay_at("/host", "root", "/new");
	if (*sysroot) {
		snprintf(usr, sizeof(usr), "/host%s/usr", sysroot);
		overlay_at(usr, "usr", "/new/usr");
	}
}

static void enter_host_root(const char *sysroot)
{
	static const char *const moved[] = { "proc", "sys", "dev" };
	char from[16], to[16];

	mount_root(sysroot);
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		snprintf(from, sizeof(from), "/%s", moved[i]);
		snprintf(to, sizeof(to), "/new/%s", moved[i]);
		mount_at(NULL, from, to, MS_MOVE, NULL);
	}
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("root");
	mount_at("devpts", "devpts", "/dev/pts", 0, "ptmxmode=0666,mode=0620,gid=5");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	/* Opening it loads the module, as on a booted distribution. */
	mkdir("/dev/net", 0755);
	mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200));
	mount_at("tmpfs", "tmpfs", "/dev/shm", 0, NULL);
	mount_at("tmpfs", "tmpfs", "/run", 0, "mode=0755");
	mount_if_known("cgroup2", "/sys/fs/cgroup");
	mount_if_known("bpf", "/sys/fs/bpf");
	mount_if_known("tracefs", "/sys/kernel/tracing");
}

/* Makes modprobe find the guest kernel's modules, wherever the host keeps them. */
static void bind_modules(const char *from)
{
	const char *version = strrchr(from, '/');
	char to[300];

	if (!version)
		errno = EINVAL, die(from);
	snprintf(to, sizeof(to), "/lib/modules%s", version);
	mkdir("/lib/modules", 0755);
	mount_at(NULL, from, to, MS_BIND, NULL);
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("lo");
	close(fd);
}

/* The limits that a login on a usual distribution has; BPF maps before 5.11 count against memlock. */
static void set_limits(void)
{
	struct rlimit memlock = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit files = { 1024, 524288 };

	setrlimit(RLIMIT_MEMLOCK, &memlock);
	setrlimit(RLIMIT_NOFILE, &files);
}

/* In the child: runs the command on @in, @out, @err; never returns. */
static __attribute__((noreturn)) void exec_job(const struct job *job, int in, int out, int err)
{
	struct winsize ws = { 0 };

	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (sscanf(job->winsize, "%hu %hu", &ws.ws_row, &ws.ws_col) == 2) {
		ioctl(0, TIOCSCTTY, 0);
		ioctl(0, TIOCSWINSZ, &ws);
	}
	signal(SIGPIPE, SIG_DFL);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TERM", job->term, 1);
	if (chdir(job->cwd)) {
		fprintf(stderr, "%s: %s\n", job->cwd, strerror(errno));
		_exit(126);
	}
	execvp(job->argv[0], job->argv);
	fprintf(stderr, "%s: %s\n", job->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static void write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno != EINTR)
			die("port");
		if (n > 0) {
			buf += n;
			len -= n;
		}
	}
}

/* Copies what @pipe holds now; returns 0 at its end, 1 when there may be more later. */
static int forward(int pipe, int port)
{
	static char buf[32 * 1024];
	ssize_t n;

	while ((n = read(pipe, buf, sizeof(buf))) > 0)
		write_all(port, buf, n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Reaps every orphan; returns 1 and writes @ret_status once @pid itself has ended. */
static int reap(pid_t pid, int *ret_status)
{
	int status, ended = 0;
	pid_t got;

	while ((got = waitpid(-1, &status, WNOHANG)) > 0) {
		if (got == pid) {
			*ret_status = status;
			ended = 1;
		}
	}
	return ended;
}

static void on_child(int sig)
{
	(void)sig;
}

/*
 * Runs the command through pipes rather than on the ports themselves, as a port can be opened once only
 * and scripts do open /dev/stderr. What is still unread when the command ends is passed on; what its
 * orphans write later is not.
 */
static int run_piped(const struct job *job, int out, int err)
{
	int o[2], e[2], null, status = 0, ended = 0;
	sigset_t block, open_mask;
	struct pollfd p[2];
	pid_t pid;

	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || pipe2(o, O_CLOEXEC) || pipe2(e, O_CLOEXEC))
		die("pipe");
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &open_mask);
	signal(SIGCHLD, on_child);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		sigprocmask(SIG_SETMASK, &open_mask, NULL);
		exec_job(job, null, o[1], e[1]);
	}
	close(o[1]);
	close(e[1]);
	fcntl(o[0], F_SETFL, O_NONBLOCK);
	fcntl(e[0], F_SETFL, O_NONBLOCK);
	p[0] = (struct pollfd){ .fd = o[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = e[0], .events = POLLIN };
	while (!ended) {
		if (ppoll(p, 2, NULL, &open_mask) < 0 && errno != EINTR)
			die("poll");
		ended = reap(pid, &status);
		if (p[0].fd >= 0 && !forward(o[0], out))
			p[0].fd = -1;
		if (p[1].fd >= 0 && !forward(e[0], err))
			p[1].fd = -1;
	}
	return status;
}

static int run_on_terminal(const struct job *job)
{
	int tty, status;
	pid_t pid;

	tty = open("/dev/hvc0", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		die("/dev/hvc0");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		exec_job(job, tty, tty, tty);
	while (wait(&status) != pid)
		;
	return status;
}

/* Where the kernel complained (oops, WARN), the console gets its log and the caller a non-zero value. */
static unsigned long kernel_complaint(void)
{
	const unsigned long die_or_warn = 1UL << 7 | 1UL << 9;
	static char log[256 * 1024];
	unsigned long taint = 0;
	FILE *f;
	int n;

	f = fopen("/proc/sys/kernel/tainted", "re");
	if (f && fscanf(f, "%lu", &taint) != 1)
		taint = 0;
	if (f)
		fclose(f);
	taint &= die_or_warn;
	if (taint) {
		n = klogctl(3, log, sizeof(log));
		if (n > 0)
			write_all(2, log, n);
	}
	return taint;
}

int main(void)
{
	int uevents, out, err, rc, status;
	struct job job = { 0 };

	mount_at("proc", "proc", "/proc", 0, NULL);
	mount_at("sysfs", "sysfs", "/sys", 0, NULL);
	mount_at("devtmpfs", "devtmpfs", "/dev", 0, NULL);
	dup2(open("/dev/console", O_RDWR), 0);
	dup2(0, 1);
	dup2(0, 2);
	read_job(&job);
	uevents = open_uevents();
	load_modules();
	rc = open_port(uevents, "rc");
	out = *job.winsize ? -1 : open_port(uevents, "out");
	err = *job.winsize ? -1 : open_port(uevents, "err");
	close(uevents);
	enter_host_root(job.sysroot);
	bind_modules(job.modules);
	sethostname(job.hostname, strlen(job.hostname));
	loopback_up();
	set_limits();
	status = *job.winsize ? run_on_terminal(&job) : run_piped(&job, out, err);
	dprintf(rc, "%d %lu\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), kernel_complaint());
	power_off();
}
