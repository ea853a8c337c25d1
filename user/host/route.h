/* SPDX-License-Identifier: GPL-2.0-only */
/* What the calling thread's network namespace says about addresses and devices, asked through rtnetlink: nothing is bound, nothing is sent. */
#ifndef HOST_ROUTE_H
#define HOST_ROUTE_H
#include <linux/types.h>
#include <stdbool.h>

/* @addr is 16 bytes in network order, IPv4 as v4-mapped, of family 2 or 10 (or a v4-mapped one of 10, which is asked for as IPv4). */

/* Is @addr this namespace's own, or broadcast or multicast, so that bind() takes it? Returns 1, 0 or a negative errno. */
int route_is_local(const __u8 addr[16], __u32 dev);
/*
 * The source address that a socket without one gets for @daddr (@dev: SO_BINDTODEVICE, or 0). Returns 0, or what connect() would fail with: -ENETUNREACH,
 * -EHOSTUNREACH, -EACCES, -EINVAL, ...
 */
int route_source(const __u8 daddr[16], __u32 dev, __u8 ret_saddr[16]);
/* Number of device @name and of the VRF that it belongs to (0: none). Returns 0 or -ENODEV. */
int route_device(const char *name, __u32 *ret_dev, __u32 *ret_l3mdev);
/* net.ipv4.ip_nonlocal_bind, or IPv6's: bind() takes any address. */
bool route_nonlocal_bind(bool v6);
#endif
