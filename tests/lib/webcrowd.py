#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""webcrowd.py SOCKET N: N clients that ask for /metrics again and again and never read, N that read all, and one that scrapes; until standard input ends.

Prints {"ready":true} once all are connected, then {"read":ANSWERS,"scrapes":N,"wrong":N,"p50_ms":X,"p99_ms":X,"closed":SILENT CLIENTS THAT WERE CLOSED}.
"""
import json
import select
import socket
import sys
import threading
import time

path, n = sys.argv[1], int(sys.argv[2])
ask = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
over = threading.Event()


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(path)
    return s


def answer(s, have):
    """One answer: (whole?, bytes behind it)."""
    while b"\r\n\r\n" not in have:
        got = s.recv(65536)
        if not got:
            return False, b""
        have += got
    head, have = have.split(b"\r\n\r\n", 1)
    length = int([h for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:")][0].split(b":")[1])
    while len(have) < length:
        got = s.recv(65536)
        if not got:
            return False, b""
        have += got
    return head.startswith(b"HTTP/1.1 200 ") and b"twtrace_tcp_connections" in have[:length], have[length:]


silent = [connect() for _ in range(n)]
for s in silent:
    s.setblocking(False)
    try:
        for _ in range(2000):
            s.send(ask)
    except BlockingIOError:
        pass
readers = [connect() for _ in range(n)]
count = [0, 0]


def read_all():
    rest = {s: b"" for s in readers}
    for s in readers:
        s.sendall(ask)
    while not over.is_set():
        for s in select.select(readers, [], [], 0.1)[0]:
            good, rest[s] = answer(s, rest[s])
            count[0] += good
            count[1] += not good
            s.sendall(ask)


times = []


def scrape():
    while not over.is_set():
        began = time.monotonic()
        s = connect()
        s.sendall(ask)
        good, _ = answer(s, b"")
        s.close()
        times.append(time.monotonic() - began)
        count[1] += not good
        over.wait(0.05)


threads = [threading.Thread(target=f) for f in (read_all, scrape)]
for t in threads:
    t.start()
print('{"ready":true}', flush=True)
sys.stdin.read(1)
over.set()
for t in threads:
    t.join()
times.sort()
closed = sum(1 for s in silent if select.select([s], [], [], 0)[0] and s.fileno() >= 0)
print(json.dumps({"read": count[0], "scrapes": len(times), "wrong": count[1], "p50_ms": round(times[len(times) // 2] * 1000, 1),
                  "p99_ms": round(times[int(len(times) * .99)] * 1000, 1), "closed": closed}), flush=True)
