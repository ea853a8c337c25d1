# SPDX-License-Identifier: GPL-2.0-only
"""What tests of the live page and the report stand on: TAP, the server, connections to look at, and one browser for all of them."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.common.exceptions import JavascriptException, TimeoutException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

LIMIT = 30      # seconds that anything may take on a loaded machine
HOST, PORT = "127.0.0.1", 19293
TESTS = []


def test(name):
    """Decorator: a test case of that name."""
    def add(fn):
        TESTS.append((name, fn))
        return fn
    return add


def equal(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: {got!r} instead of {want!r}")


class Server:
    """`twtrace serve` in this network namespace, of what @source says (options before the command)."""

    def __init__(self, *args, source=("-N", "self"), port=PORT):
        self.args = args
        self.source = source
        self.port = port
        self.process = None

    def start(self):
        self.lines, self.news = [], threading.Condition()
        self.process = subprocess.Popen([os.environ["TWTRACE"], *self.source, "serve", "--listen", f"{HOST}:{self.port}", *self.args],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        # All sockets that existed are in the table; of a recording, somebody can ask.
        self.wait_line("Listening" if "-r" in self.source else "Tracing")

    def read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line)
                self.news.notify()
        with self.news:
            self.lines.append(None)
            self.news.notify()

    def wait_line(self, word):
        with self.news:
            if not self.news.wait_for(lambda: None in self.lines or any(word in x for x in self.lines), LIMIT) or None in self.lines:
                raise AssertionError(f"the server has not said {word!r}: {self.said()}")

    def said(self):
        return "".join(x for x in self.lines if x)

    def begin(self):
        """For another test: nothing to be done."""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(LIMIT)
            self.reader.join(LIMIT)
            equal(code, 0, f"the server's exit code ({self.said()})")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()


def get(path, port=PORT):
    """Code, body."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=LIMIT) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


def api(path, port=PORT):
    code, body = get("/api/v1/" + path, port)
    equal(code, 200, path)
    return json.loads(body)


class Pairs:
    """Connections over loopback, both ends ours, to a port of their own."""

    def __init__(self, n, addr="127.0.0.1"):
        self.listener = socket.socket()
        self.listener.bind((addr, 0))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        self.clients, self.servers = [], []
        self.add(n)

    def add(self, n):
        for _ in range(n):
            c = socket.socket()
            c.connect(self.listener.getsockname())
            self.clients.append(c)
            self.servers.append(self.listener.accept()[0])

    def close(self):
        # An RST leaves no TIME_WAIT behind for the next test.
        for s in self.clients:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        for s in self.clients + self.servers + [self.listener]:
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ss_counts():
    """Connections by state as ss counts them."""
    names = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2",
             "TIME-WAIT": "TIME_WAIT", "UNCONN": "CLOSE", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN", "CLOSING": "CLOSING"}
    counts = dict.fromkeys(names.values(), 0)
    for line in subprocess.run(["ss", "-Htan"], check=True, capture_output=True, text=True).stdout.splitlines():
        counts[names[line.split()[0]]] += 1
    return counts


# In each page before its own scripts: what its policy stopped, how often anything changed in it, with those who wait for the next time, and which connections
# were in it when it was loaded.
WATCH = """
window.__csp = [];
document.addEventListener("securitypolicyviolation", (e) => __csp.push(e.effectiveDirective + " " + e.blockedURI));
window.__seen = {n: 0, waiting: []};
new MutationObserver(() => {
    __seen.n++;
    __seen.waiting.splice(0).forEach((tell) => tell());
}).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
document.addEventListener("readystatechange", () => {
    window.__loaded ??= Array.from(document.querySelectorAll("#connections tbody tr"), (tr) => Array.from(tr.cells, (c) => c.textContent));
});
"""


class Browser:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="twtweb")
        o = Options()
        o.binary_location = shutil.which("chromium")
        for arg in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-extensions", f"--user-data-dir={self.dir}", "--window-size=1280,900"):
            o.add_argument(arg)
        o.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.d = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=o)
        self.d.set_script_timeout(LIMIT)
        self.d.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def close(self):
        self.d.quit()
        shutil.rmtree(self.dir, ignore_errors=True)

    def begin(self):
        """What a page of the test before had to say when its server ended is no matter of this one."""
        self.d.get("about:blank")
        self.complaints()

    def open(self, path="/", status="live", port=PORT):
        """A page anew, also where only its fragment differs."""
        self.d.get("about:blank")
        self.d.get(f"http://{HOST}:{port}{path}")
        if status:
            self.until(f"the page is {status}", lambda: self.status() == status)

    def until(self, what, fn, limit=LIMIT):
        """What fn() returns as soon as that is true of it: it is asked again whenever something has changed in the page."""
        end = time.monotonic() + limit
        while True:
            seen = self.js("return [performance.timeOrigin, window.__seen?.n]")
            got = fn()
            if got:
                return got
            if time.monotonic() > end:
                raise AssertionError(f"waited {limit} s: {what}; the page is {self.status()}")
            try:
                self.d.execute_async_script("const tell = arguments[2]; if (performance.timeOrigin !== arguments[0] || __seen.n !== arguments[1]) tell();"
                                            " else __seen.waiting.push(tell);", *seen)
            except (TimeoutException, JavascriptException):     # nothing happened, or another page came
                pass

    def js(self, script, *args):
        return self.d.execute_script(script, *args)

    def status(self):
        return self.js("return document.getElementById('status').dataset.word")

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def rows(self, view):
        """The texts of a table's cells, by row."""
        return self.js("return Array.from(document.querySelectorAll(`#${arguments[0]} tbody tr`), tr => Array.from(tr.cells, c => c.textContent))", view)

    def states(self):
        return {r[0]: int(r[1].replace(",", "")) for r in self.rows("states")}

    def press(self, keys):
        webdriver.ActionChains(self.d).send_keys(keys).perform()

    def size(self, width, height=900):
        self.d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700})

    def dark(self, on):
        self.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]})

    def scripts(self, on):
        self.d.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def shot(self, name):
        path = os.path.join(os.environ["SHOTS"], name + ".png")
        self.d.save_screenshot(path)
        return path

    def complaints(self, expected=()):
        """What the browser has to say against the page: its log, and what its policy stopped."""
        log = [e["message"] for e in self.d.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
        stopped = self.js("return window.__csp ?? []")
        return [m for m in log + stopped if not any(x in m for x in expected)]


def main(*fixtures):
    """Run all tests, or those whose name contains the first argument. @fixtures are what they get."""
    wanted = [t for t in TESTS if len(sys.argv) < 2 or any(word in t[0] for word in sys.argv[1:])]
    what = os.path.basename(sys.argv[0]).removesuffix(".py")
    failed = 0
    print(f"1..{len(wanted)}", flush=True)
    for i, (name, fn) in enumerate(wanted, 1):
        try:
            for fixture in fixtures:
                fixture.begin()
            fn(*fixtures)
            print(f"ok {i} {what}: {name}", flush=True)
        except Exception:       # pylint: disable=broad-except
            failed += 1
            print(f"not ok {i} {what}: {name}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    return 1 if failed else 0
