# SPDX-License-Identifier: GPL-2.0-only
"""The live page of a recording: its time line, and that each moment is what the other commands say of it."""
import functools
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from harness import HOST, PORT, Server, api, equal, get, test

FILE = "tests/golden/synth.twr"
PORT_OF_IT = PORT + 1
TABLES = ("summary", "states", "findings", "processes", "connections", "ended", "destinations", "listeners", "latency")


def recording(path=FILE):
    return Server(source=("-r", path), port=PORT_OF_IT)


def lines(*args, of=FILE):
    """Objects that a command prints of the recording."""
    out = subprocess.run([os.environ["TWTRACE"], "-q", "-r", of, *args], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


@functools.cache
def counts_at(seconds):
    """Connections by state after so many seconds, as count says."""
    rows = [r for r in lines("count", "-j", "10") if r["event"] == "count"]
    return next(r["counts"] for r in rows if r["ts_ns"] == rows[0]["ts_ns"] + seconds * 10**9)


def whole(port=PORT_OF_IT):
    """Wait until the recording was read: each answer is a step of the server's loop."""
    end = time.monotonic() + 30
    while not api("summary", port)["whole"]:
        assert time.monotonic() < end, "it is not read"


def at(path, seconds):
    return api(f"{path}{'&' if '?' in path else '?'}at={seconds}", PORT_OF_IT)


def shows(b, seconds):
    """True when the page shows that moment of count's."""
    want = counts_at(seconds)
    return b.status() == "moment" and b.states() == want and f"{seconds}.000s of " in b.text("#at-says")


@test("of a recording each moment is what count and conn say of it")
def moments(_s, b):
    with recording():
        whole()
        for seconds in (50, 10, 80):
            b.open(f"/?at={seconds}#states", "moment", PORT_OF_IT)
            b.until(f"the states after {seconds} s", lambda s=seconds: shows(b, s))
            b.js("location.hash = 'connections'")
            live = [r for r in lines("-d", str(seconds), "conn", "--live", "-j") if r["event"] == "conn" and r["role"] != "listener"]
            want = sorted(f"{'[' + r['raddr'] + ']' if ':' in r['raddr'] else r['raddr']}:{r['rport']} {r['state']}" for r in live)
            assert len(want) > 3, want
            b.until("its connections", lambda w=want: sorted(f"{r[1]} {r[2]}" for r in b.rows("connections")) == w)
        equal(b.complaints(), [], "what the browser complains of")


@test("the time line: the moment by keys and by its control, play to the end, and the address keeps it")
def moving(_s, b):
    with recording():
        whole()
        b.open("/#states", "ended", PORT_OF_IT)
        end = {r["state"]: r["now"] for r in api("states", PORT_OF_IT)["rows"]}
        b.until("the states of the end", lambda: b.states() == end)
        b.until("the picture", lambda: b.js("return document.querySelectorAll('#moment .course path').length >= 4"))
        b.js("const at = document.getElementById('at'); at.value = 20; at.dispatchEvent(new Event('input')); at.dispatchEvent(new Event('change'))")
        b.until("20 s", lambda: shows(b, 20))
        assert "at=20.0" in b.d.current_url, b.d.current_url
        arrows = b.js("return document.querySelectorAll('.for-wide .arrow.on').length")
        moved = {(t["from"], t["to"]): t["total"] for t in at("summary", 20)["transitions"]}
        before = {(t["from"], t["to"]): t["total"] for t in at("summary", 19)["transitions"]}
        assert (arrows > 0) == any(n != before.get(k) for k, n in moved.items()), "rates are of the second before"
        for _ in range(10):
            b.press(".")
        b.until("30 s", lambda: shows(b, 30))
        b.press(",")
        b.until("29 s", lambda: b.status() == "moment" and "29.000s of " in b.text("#at-says"))
        b.d.refresh()
        b.until("29 s again", lambda: b.status() == "moment" and "29.000s of " in b.text("#at-says"))
        b.d.find_element(By.ID, "at").send_keys(Keys.HOME)
        b.until("its beginning", lambda: b.status() == "moment" and b.states()["LISTEN"] == 4 and sum(b.states().values()) == 4)
        b.js("document.querySelector('#speed').value = '100'; document.activeElement.blur()")
        b.press("p")
        b.until("it plays", lambda: b.status() == "plays" or b.status() == "ended")
        b.until("the end", lambda: b.status() == "ended" and b.states() == end)
        equal(b.js("return document.getElementById('play').getAttribute('aria-pressed')"), "false", "the button")
        # At its own speed it does not get far; what is shown when it stops stays.
        b.js("document.querySelector('#speed').value = '1'; document.activeElement.blur()")
        b.press("p")
        b.until("it goes on", lambda: b.status() == "plays" and b.js("return Number(document.getElementById('at').value) > 0.2"))
        b.press("p")
        equal(b.status(), "moment", "stopped")
        assert b.js("return Number(document.getElementById('at').value)") < 60, "too fast"
        for width in (1280, 400):
            b.size(width)
            wide = b.js("return document.documentElement.scrollWidth")
            assert wide <= width, f"{wide} pixels wide at {width}"
            b.shot(f"recording-{width}")
        b.size(1280)
        equal(b.complaints(), [], "what the browser complains of")


@test("a moment is the same whichever way one came there, in every table")
def ways(_s, _b):
    with recording():
        whole()
        straight = {(t, s): at(t, s) for s in (12.5, 41, 41.25, 77.7) for t in TABLES}
    with recording():
        whole()
        for s in (88, 3, 41, 12.5, 60, 41.25, 77.7, 12.5, 41):
            for table in TABLES:
                got = at(table, s)
                if (table, s) in straight:
                    equal(got, straight[table, s], f"{table} at {s}")


@test("a connection's page has the code that opened and closed it, where the run has stacks")
def stacks(_s, b):
    path = "tests/golden/live/stacks.twr"
    with recording(path):
        whole()
        rows = [r for r in api("ended?limit=1000", PORT_OF_IT)["rows"] + api("connections?limit=1000", PORT_OF_IT)["rows"] if r.get("close_stack")]
        conns = lines("conn", "-j", of=path)
        of_it = {r["cookie"]: r for r in conns if r["event"] == "conn"}
        assert rows and all(r["close_stack"] == of_it[r["cookie"]]["close_stack"] for r in rows if r["cookie"] in of_it), "not those of conn -j"
        view = "connections" if "since_ns" in rows[0] or "born_ns" in rows[0] else "ended"
        shown = rows[0]
        b.open(f"/?filter=lport={shown['lport']}%20rport={shown['rport']}#{view}", "ended", PORT_OF_IT)
        b.until("its row", lambda: len(b.rows(view)) == 1)
        b.js("document.querySelector(`#${arguments[0]} tbody button`).click()", view)
        said = b.js("return Array.from(document.querySelectorAll('#detail .stack[data-how=close] li'), li => li.textContent)")
        equal(len(said), len(shown["close_stack"]), "frames")
        assert all(f["symbol"] is None or f["symbol"] in line for f, line in zip(shown["close_stack"], said)), said
        assert b.text("#detail .says"), "in words"
        equal(b.complaints(), [], "what the browser complains of")


@test("at= that is none is refused, and where there is no going back")
def refused(_s, _b):
    with recording():
        whole()
        end = api("states", PORT_OF_IT)
        for far in ("1e9", "-1", "x", "1.2.3", "0x10", "9" * 400 + "x", "1,5"):
            code, body = get(f"/api/v1/states?at={far}", PORT_OF_IT)
            equal((code, list(json.loads(body))), (400, ["error"]), far)
        for far in ("1000", "9" * 400, "89.55"):
            equal(at("states", far), end, f"behind the end: {far}")
        equal(at("states", "0." + "0" * 400), at("states", 0), "the beginning")
    code, body = get("/api/v1/states?at=5")
    equal((code, b"twtrace -r FILE serve" in body), (400, True), "of what happens now")
    equal(get("/api/v1/timeline")[0], 404, "the time line of what happens now")


@test("a moment without JavaScript: the tables, and a control to go elsewhere")
def no_script(_s, b):
    with recording():
        whole()
        b.scripts(False)
        try:
            b.d.get("about:blank")
            b.d.get(f"http://{HOST}:{PORT_OF_IT}/?at=20")
            cells = [[c.text for c in r.find_elements(By.CSS_SELECTOR, "th, td")] for r in b.d.find_elements(By.CSS_SELECTOR, "#states tbody tr")]
            equal({c[0]: int(c[1]) for c in cells}, counts_at(20), "states")
            b.d.find_element(By.ID, "at").send_keys(Keys.END)
            b.d.find_element(By.CSS_SELECTOR, "#moment noscript button, #moment button[form=filter]").click()
            assert float(urllib.parse.parse_qs(urllib.parse.urlparse(b.d.current_url).query)["at"][0]) > 89, b.d.current_url
            assert b.d.find_element(By.ID, "player").is_displayed() is False, "buttons that do nothing"
        finally:
            b.scripts(True)


@test("100,000 connections: pages by the server, sorted and filtered, and the page stays quick")
def large(_s, b):
    with tempfile.TemporaryDirectory(prefix="twtrec") as folder:
        path = os.path.join(folder, "large.twr")
        subprocess.run([os.environ["TWTRACE"], "-q", "--synth", "1820000", "-d", "40", "record", path], check=True, stdout=subprocess.DEVNULL)
        with recording(path):
            whole()
            total = api("connections?limit=1", PORT_OF_IT)["total"]
            assert total >= 100_000, total
            b.open("/#connections", "ended", PORT_OF_IT)
            b.until("a page of 100", lambda: len(b.rows("connections")) == 100 and b.text("#place") == f"1 to 100 of {total:,}")
            b.press("]")
            b.until("the next one", lambda: b.text("#place") == f"101 to 200 of {total:,}" and len(b.rows("connections")) == 100)
            b.js("document.querySelector('#connections th[data-sort=remote] button').click()")

            def in_order():
                ports = [r[1].rsplit(":", 1) for r in b.rows("connections")]
                return b.text("#place") == f"1 to 100 of {total:,}" and len(ports) == 100 and ports[0][0] == ports[-1][0] and \
                    [int(p[1]) for p in ports] == sorted(int(p[1]) for p in ports)
            b.until("in the order of the remote end", in_order)
            field = b.d.find_element(By.ID, "filter-text")
            field.send_keys("state=time-wait lport=80", Keys.ENTER)
            want = api("connections?limit=1&filter=state=time-wait+lport=80", PORT_OF_IT)["total"]
            b.until("a filter", lambda: b.text("#place") == f"1 to 100 of {want:,}" and {r[2] for r in b.rows("connections")} == {"TIME_WAIT"})
            # Nothing of all that is in the page, but what it shows; and it draws when it is asked to.
            assert b.js("return document.getElementsByTagName('*').length") < 5000, "elements"
            b.d.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
            at_20 = at("connections?limit=1", 20)["total"]
            b.js("const at = document.getElementById('at'); at.value = 20; at.dispatchEvent(new Event('input')); at.dispatchEvent(new Event('change'))")
            field.clear()
            field.send_keys(Keys.ENTER)
            b.until("another moment", lambda: b.status() == "moment" and b.text("#place") == f"1 to 100 of {at_20:,}")
            equal(b.complaints(), [], "what the browser complains of")


@test("many who ask for moments of their own: each gets his own, or is told that there is no room")
def crowd(_s, _b):
    with recording():
        whole()
        want = {s: at("summary", s) for s in range(5, 85, 5)}
        clients = []
        for seconds in want:
            c = socket.create_connection((HOST, PORT_OF_IT))
            c.sendall(f"GET /api/v1/summary?at={seconds} HTTP/1.1\r\nHost: {HOST}:{PORT_OF_IT}\r\nConnection: close\r\n\r\n".encode())
            clients.append((seconds, c))
        right = 0
        for seconds, c in clients:
            with c:
                head, body = b"".join(iter(lambda c=c: c.recv(65536), b"")).split(b"\r\n\r\n", 1)
            if b" 200 " in head.split(b"\r\n")[0]:
                equal(json.loads(body), want[seconds], f"at {seconds}")
                right += 1
            else:
                assert b" 503 " in head.split(b"\r\n")[0] and b"error" in body, head
        assert right >= 1, "nobody was answered"
