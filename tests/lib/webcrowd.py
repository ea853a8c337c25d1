#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""webcrowd.py SOCKET N [SECONDS]: N clients that never read, N that read all, and one that scrapes; until standard input ends.

Those that never read ask for /metrics again and again, STREAMS of them for what changes on the page. The others ask for /metrics each SECONDS (0: at once).

Prints {"ready":true} once all are connected, then {"read":ANSWERS,"scrapes":N,"wrong":N,"p50_ms":X,"p99_ms":X,"closed":SILENT CLIENTS THAT WERE CLOSED}.
"""
import json
import select
import socket
import sys
import threading
import time

STREAMS = 30
path, n, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0
ask = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
stream = b"GET /api/v1/stream?view=states,findings,processes,connections,destinations&limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
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
for s in silent[:STREAMS]:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.sendall(stream)
for s in silent[STREAMS:]:
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
    waits = [(time.monotonic() + pause * i / n, s) for i, s in enumerate(readers)]     # to ask, the first one first
    while not over.is_set():
        now = time.monotonic()
        while waits and waits[0][0] <= now:
            waits.pop(0)[1].sendall(ask)
        for s in select.select(readers, [], [], 0.1 if not waits else max(0, min(0.1, waits[0][0] - now)))[0]:
            good, rest[s] = answer(s, rest[s])
            count[0] += good
            count[1] += not good
            waits.append((now + pause, s))


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
        over.wait(pause or 0.05)


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
