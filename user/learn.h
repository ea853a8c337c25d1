/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the kernel hides its addresses (kallsyms shows 0 without CAP_SYSLOG), the timer handlers are learned from sockets: iter/tcp shows the
 * function of any minisock's and request socket's timer. These make one of each on loopback, for a moment, and take both away again by an RST.
 */
#ifndef LEARN_H
#define LEARN_H
struct learn { int fd[6]; };

/* Address of a kernel function from /proc/kallsyms; 0 if hidden or not there. */
unsigned long kallsyms_address(const char *name);
/* One FIN_WAIT2 minisock and one request socket now exist in this namespace, until learn_end(). Returns 0 or -errno. */
int learn_begin(struct learn *l);
void learn_end(struct learn *l);
#endif
