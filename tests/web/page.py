# SPDX-License-Identifier: GPL-2.0-only
"""The live page of `serve` in a browser: what it shows, for whom, and that nothing it shows can harm."""
import os
import re
import shutil
import socket
import subprocess
import sys

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import recording  # noqa: F401 pylint: disable=unused-import
from harness import Browser, HOST, PORT, Pairs, Server, api, equal, get, main, ss_counts, test

HOSTILE = "<img src=x>'\"&"     # a process may call itself so


def quiet(b, *expected):
    equal(b.complaints(expected), [], "what the browser complains of")


@test("the answer to a request already shows the connection that asked")
def first_answer(_s, _b):
    with socket.create_connection((HOST, PORT)) as c:
        mine = c.getsockname()[1]
        c.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}:{PORT}\r\nConnection: close\r\n\r\n".encode())
        body = b"".join(iter(lambda: c.recv(65536), b"")).decode()
    table = body[body.index('<section id="connections"'):body.index('<section id="ended"')]
    assert f"{HOST}:{mine}" in table, "not in the table of connections"


@test("the page as it is loaded shows the connection that loads it, and goes on to")
def own_connection(_s, b):
    b.open(f"/?filter=rport={PORT}#connections")
    loaded = [r for r in b.js("return window.__loaded") if r[2] == "ESTABLISHED" and r[5].startswith("chrom")]
    assert loaded, b.js("return window.__loaded")
    mine = {r[0] for r in loaded}
    b.until("the same in the stream's rows", lambda: mine & {r[0] for r in b.rows("connections")})
    print(f"# {b.js('return Math.round(performance.now())')} ms after the address was given")
    quiet(b)


@test("clients that open streams and never read: the page goes on, and they are dropped")
def hostile_streams(_s, b):
    b.open("/#states")
    deaf = []
    try:
        for _ in range(20):
            c = socket.socket()
            c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            c.connect((HOST, PORT))
            c.sendall(f"GET /api/v1/stream?view=connections,ended,states&limit=1000 HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n\r\n".encode())
            deaf.append(c)
        for n in (300, 600):        # each row is told to each of them
            with Pairs(n):
                b.until(f"{n} pairs", lambda n=n: b.states().get("ESTABLISHED", 0) >= 2 * n)

        def dropped():
            return int(re.search(rb"^twtrace_stream_clients_dropped_total (\d+)$", get("/metrics")[1], re.M).group(1))
        b.until("they are dropped", lambda: dropped() >= len(deaf))
        equal(api("summary")["event"], "now", "the API")
        lost = re.findall(rb"^twtrace_events_lost_total\{.*\} (\d+)$", get("/metrics")[1], re.M)
        equal(set(lost), {b"0"}, "events lost")
        equal(b.status(), "live", "the page")
    finally:
        for c in deaf:
            c.close()
    quiet(b)


@test("numbers are those of the API and of ss; nothing is complained of; nobody else is asked")
def numbers(_s, b):
    with Pairs(7) as p:
        p.add(3)
        for s in p.clients[:3]:         # CLOSE_WAIT here, FIN_WAIT2 there
            s.shutdown(socket.SHUT_WR)
        b.open("/#states")

        def same():
            page, kernel = b.states(), ss_counts()
            # Each look makes a connection of its own, and leaves a TIME_WAIT.
            for other in (page, kernel):
                for name in ("TIME_WAIT", "FIN_WAIT1", "LAST_ACK", "SYN_RECV", "SYN_SENT"):
                    other.pop(name, None)
            return page == kernel
        b.until("the page says what ss says", same)
        b.until("three CLOSE_WAITs", lambda: b.states()["CLOSE_WAIT"] == 3)

        # Of connections that asking does not change.
        b.open(f"/?filter=port={p.port}#states")
        want = {r["state"]: r["now"] for r in api(f"states?filter=port={p.port}")["rows"]}
        equal((want["ESTABLISHED"], want["CLOSE_WAIT"], want["FIN_WAIT2"]), (14, 3, 3), "the API's states")
        b.until("the page says what the API says", lambda: b.states() == want)

        def drawn(state):
            return b.js("return document.querySelector(`.for-wide g[data-state=${arguments[0]}] .count`).textContent", state)
        b.until("the diagram of all", lambda: drawn("CLOSE_WAIT") == "3" and drawn("FIN_WAIT2") == "3")
        foreign = b.js("return performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin))")
        equal(foreign, [], "requests to others")
    quiet(b)


@test("arrows have rates while connections come and go")
def rates(_s, b):
    b.open("/#states")

    def moving():
        with Pairs(5):
            return b.js("return document.querySelectorAll('.for-wide .arrow.on').length") >= 3
    b.until("arrows are marked", moving)
    assert re.match(r"ACK [\d.<]+/s", b.js("return document.querySelector('.for-wide .label.on').textContent")) or \
        "/s" in b.js("return document.querySelector('.for-wide .label.on').textContent")
    quiet(b)


@test("a filter chooses; a wrong one is explained; the address keeps it")
def filters(_s, b):
    with Pairs(4) as p:
        b.open("/#connections")
        field = b.d.find_element(By.ID, "filter-text")
        field.send_keys(f"lport={p.port} state=established", Keys.ENTER)
        b.until("four rows", lambda: len(b.rows("connections")) == 4 and all(r[0].endswith(f":{p.port}") for r in b.rows("connections")))
        assert "filter=lport" in b.d.current_url, b.d.current_url
        b.d.refresh()
        b.until("four rows after loading again", lambda: b.status() == "live" and len(b.rows("connections")) == 4)
        field = b.d.find_element(By.ID, "filter-text")
        field.clear()
        field.send_keys("colour=blue", Keys.ENTER)
        b.until("the sentence", lambda: "colour" in (b.text("#filter-says") or ""))
        field.clear()
        field.send_keys(Keys.ENTER)
        b.until("all rows", lambda: len(b.rows("connections")) > 4)
        equal(b.text("#filter-says"), "", "nothing is wrong any more")
    quiet(b)


@test("the name of a process is text, whatever it is")
def hostile(_s, b):
    code = f"""
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, {HOSTILE.encode()!r}, 0, 0, 0)
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
c = socket.create_connection(l.getsockname()); s = l.accept()[0]
print(l.getsockname()[1], flush=True); sys.stdin.read()
"""
    p = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = p.stdout.readline().strip()
        b.open(f"/?filter=port={port}#connections")
        b.until("its name", lambda: any(r[5].startswith(HOSTILE + " (") for r in b.rows("connections")))
        equal(b.js("return document.querySelectorAll('main img').length"), 0, "elements made of it")
        b.js("document.querySelector('#connections tbody button').click()")
        assert HOSTILE in b.text("#detail"), "not in the detail"
        b.press(Keys.ESCAPE)
        plain = get(f"/?filter=port={port}%3Cscript%3E")[1].decode()
        assert "<script>" not in plain and "&lt;script&gt;" in plain, "the filter is not escaped"
        plain = get(f"/?filter=port={port}")[1].decode()
        assert "<img" not in plain and "&lt;img src=x&gt;&#39;&quot;&amp;" in plain, "not escaped"
    finally:
        p.stdin.close()
        p.wait()
        p.stdout.close()
    quiet(b)


@test("1,000 connections: pages of 100, sorted by the server")
def many(_s, b):
    with Pairs(1050) as p:
        got = api(f"connections?filter=lport={p.port}&limit=1000")
        equal((got["total"], len(got["rows"])), (1050, 1000), "rows of the API")
        rest = api(f"connections?filter=lport={p.port}&limit=1000&offset=1000")
        equal(len({r["rport"] for r in got["rows"] + rest["rows"]}), 1050, "different ones on both pages")
        b.open(f"/?filter=lport={p.port}#connections")
        b.until("a page of 100", lambda: len(b.rows("connections")) == 100)
        equal(b.text("#place"), "1 to 100 of 1,050", "where we are")
        first = {r[1] for r in b.rows("connections")}
        b.press("]")
        b.until("the next page", lambda: b.text("#place") == "101 to 200 of 1,050" and len(b.rows("connections")) == 100)
        equal(first & {r[1] for r in b.rows("connections")}, set(), "rows of both pages")
        b.js("document.querySelector('#connections th[data-sort=remote] button').click()")

        def sorted_by_port():
            ports = [int(r[1].rsplit(":", 1)[1]) for r in b.rows("connections")]
            return len(ports) == 100 and ports == sorted(ports) and ports[0] == min(r["rport"] for r in got["rows"] + rest["rows"])
        b.until("in the order of the remote end", sorted_by_port)
    quiet(b)


@test("keys: tables, rows, detail with a life; pause and go on")
def keyboard(_s, b):
    with Pairs(2) as p:
        b.open(f"/?filter=lport={p.port}")
        b.press("5")
        b.until("the table of connections", lambda: b.js("return document.body.dataset.view") == "connections" and len(b.rows("connections")) == 2)
        equal(b.text("nav [aria-current]"), "Connections", "what the navigation says")
        b.js("document.querySelector('#connections tbody tr[tabindex=\"0\"]').focus()")
        b.press(Keys.ARROW_DOWN)
        equal(b.js("return document.activeElement === document.querySelectorAll('#connections tbody tr')[1]"), True, "the second row has the focus")
        b.press(Keys.ENTER)
        b.until("the detail", lambda: b.js("return document.getElementById('detail').open"))
        equal(b.js("return Array.from(document.querySelectorAll('#detail svg.life rect'), r => r.dataset.state)"), ["SYN_RECV", "ESTABLISHED"], "its life")
        b.press(Keys.ESCAPE)
        b.until("it is closed", lambda: not b.js("return document.getElementById('detail').open"))
        b.press("/")
        equal(b.js("return document.activeElement.id"), "filter-text", "what has the focus")
        b.js("document.activeElement.blur()")
        b.press("p")
        equal(b.status(), "paused", "status")
        p.add(1)
        equal(api(f"connections?filter=lport={p.port}")["total"], 3, "the API's rows")     # its own connection came later
        equal(len(b.rows("connections")), 2, "rows while paused")
        b.press("p")
        b.until("three rows", lambda: len(b.rows("connections")) == 3)
    quiet(b)


@test("what ended is told: who closed first, and why in words")
def ended(_s, b):
    with Pairs(1) as p:
        b.open(f"/?filter=rport={p.port}#ended")
        c = p.clients.pop()
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        c.close()
        b.until("its row", lambda: len(b.rows("ended")) == 1 and b.rows("ended")[0][4:6] == ["abort", "linger"])
        b.js("document.querySelector('#ended tbody button').click()")
        assert "SO_LINGER" in b.text("#detail .says"), b.text("#detail .says")
        b.press(Keys.ESCAPE)
    quiet(b)


@test("every table opens, wide and at 400 pixels, light and dark")
def looks(_s, b):
    views = ["overview", "states", "findings", "processes", "connections", "ended", "destinations", "listeners", "latency"]
    with Pairs(3):
        for dark in (False, True):
            b.dark(dark)
            b.open("/")
            back = b.js("return getComputedStyle(document.documentElement).backgroundColor")
            equal(back, "rgb(18, 23, 28)" if dark else "rgb(255, 255, 255)", "background")
            for width in (1280, 400):
                b.size(width)
                for view in views:
                    b.js("location.hash = arguments[0]", view)
                    b.until(view, lambda v=view: b.js("return document.body.dataset.view") == v and b.status() == "live")
                    wide = b.js("return document.documentElement.scrollWidth")
                    assert wide <= width, f"{view} is {wide} pixels wide at {width}"
                b.js("location.hash = 'overview'")
                b.until("rows", lambda: b.status() == "live" and b.rows("states") and b.rows("connections"))
                shown = b.js("return getComputedStyle(document.querySelector(arguments[0])).display", ".for-narrow" if width == 400 else ".for-wide")
                assert shown != "none", f"no diagram at {width}"
                b.shot(f"{'dark' if dark else 'light'}-{width}")
    b.dark(False)
    b.size(1280)
    quiet(b)


@test("histograms have the phases' numbers")
def latency(_s, b):
    with Pairs(3):
        pass
    b.open("/#latency")

    def same():
        rows = {r["phase"]: r["count"] for r in api("latency")["rows"]}
        return rows["connect"] > 0 and {r[0]: int(r[1].replace(",", "")) for r in b.rows("latency")}.keys() == rows.keys() and \
            b.js("return document.querySelector('.histogram[data-phase=connect] rect') !== null")
    b.until("the histogram of connect", same)
    quiet(b)


@test("without JavaScript there are the tables, and the filter works")
def no_script(_s, b):
    with Pairs(2) as p:
        b.scripts(False)
        try:
            b.d.get("about:blank")
            b.d.get(f"http://{HOST}:{PORT}/")
            assert b.d.find_elements(By.CSS_SELECTOR, "#states tbody tr"), "no states"
            field = b.d.find_element(By.ID, "filter-text")
            field.send_keys(f"lport={p.port}")
            b.d.find_element(By.CSS_SELECTOR, "#filter button").click()     # the answer is waited for
            equal(len(b.d.find_elements(By.CSS_SELECTOR, "#connections tbody tr")), 2, "rows")
            assert "filter=lport" in b.d.current_url
            assert b.d.find_element(By.ID, "buttons").is_displayed() is False, "buttons that do nothing"
        finally:
            b.scripts(True)
    equal([e["message"] for e in b.d.get_log("browser") if e["level"] == "SEVERE"], [], "complaints")


@test("after a restart of the server the page is live again, with new numbers")
def restart(s, b):
    with Pairs(2) as p:
        b.open(f"/?filter=lport={p.port}#connections")
        b.until("two rows", lambda: len(b.rows("connections")) == 2)
        s.stop()
        b.until("it is said", lambda: b.status() == "lost")
        p.add(1)
        s.start()
        b.until("three rows", lambda: b.status() == "live" and len(b.rows("connections")) == 3)
    quiet(b, "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")


@test("the picture for README")
def picture(_s, b):
    with Pairs(12) as p, Pairs(5, "127.0.0.5") as q:
        for c in p.clients[:4]:
            c.shutdown(socket.SHUT_WR)
        for s in q.servers[:2]:
            s.shutdown(socket.SHUT_WR)
        b.size(1280, 1000)
        b.open("/")

        def moving():
            with Pairs(3) as r:
                for c, s in zip(r.clients, r.servers):
                    c.close()
                    s.close()
                r.clients, r.servers = [], []
            return b.js("return document.querySelectorAll('.for-wide .arrow.on').length") >= 6
        b.until("arrows are marked", moving)
        shot = b.shot("page")
        if os.environ.get("UPDATE"):
            shutil.copy(shot, "tests/web/page.png")
    b.size(1280)
    quiet(b)


if __name__ == "__main__":
    server, browser = Server(), Browser()
    try:
        server.start()
        code = main(server, browser)
    finally:
        browser.close()
        server.stop()
    sys.exit(code)
