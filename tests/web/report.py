# SPDX-License-Identifier: GPL-2.0-only
"""The report in a browser, from a file: its numbers, that it asks nobody for anything, and that nothing in it can harm."""
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from harness import Browser, equal, main, test

# A process may call itself so: 15 bytes. What ends a script, what opens a comment in one, a line's end there.
HOSTILE = [b"</script><b>", b"<!--<script>", b"\xe2\x80\xa8'\"&<i>"]
DIR = tempfile.mkdtemp(prefix="twtreport")


def twtrace(*args):
    return subprocess.run([os.environ["TWTRACE"], "-q", *args], check=True, capture_output=True, text=True).stdout


def objects(event, *args):
    return [o for o in map(json.loads, twtrace(*args).splitlines()) if o["event"] == event]


def made(name, *args):
    """A report that was made with these arguments, as the browser's address of it."""
    path = os.path.join(DIR, name + ".html")
    twtrace(*args, "report", "-o", path)
    return path


def opened(b, path, width=1600):
    b.size(width)
    b.d.get("about:blank")
    b.d.get("file://" + path)
    b.until("the pictures", lambda: b.js("return document.documentElement.dataset.ready") == "yes")


def quiet(b):
    equal(b.complaints(), [], "what the browser complains of")
    equal(b.js("return performance.getEntriesByType('resource').map(e => e.name)"), [], "requests")


def count(text):
    return int(text.replace(",", ""))


def recording(name="synth", events="60000"):
    path = os.path.join(DIR, name + ".twr")
    if not os.path.exists(path):
        twtrace("--synth", events, "record", path)
    return path


@test("numbers are those of hist, closers and count, at 400 and 1600 pixels; nobody is asked for anything")
def numbers(b):
    rec = recording()
    path = made("numbers", "-r", rec)
    assert os.path.getsize(path) < 2000000, os.path.getsize(path)
    phases = {o["phase"]: o["count"] for o in objects("hist", "-r", rec, "hist", "all", "-j")}
    rows = objects("closers", "-r", rec, "closers", "-j", "10000")
    closers = {f"{o['comm']} ({o['pid']})": [o["closed"], o["active"], o["passive"]] for o in rows if o["pid"]}
    alive = collections.Counter(o["state"] for o in objects("conn", "-r", rec, "conn", "--live", "-j"))
    ends = {o["key"]: o["count"] for o in objects("hist", "-r", rec, "hist", "time-wait", "--by", "end", "-j") if o["count"]}
    for width in (400, 1600):
        opened(b, path, width)
        equal({r[0]: count(r[1]) for r in b.rows("latency")}, phases, "phases")
        equal({r[0]: [count(x) for x in r[1:4]] for r in b.rows("processes") if "(" in r[0]}, closers, "closers")
        equal({r[0]: count(r[1]) for r in b.rows("states") if r[0] != "LISTEN" and r[1] != "0"}, {s: n for s, n in alive.items() if s != "LISTEN"}, "states at the end")
        equal({r[0]: count(r[1]) for r in b.rows("timewait")}, ends, "ends of TIME_WAITs")
        totals = {r[0]: count(r[1]) for r in b.rows("totals")}
        equal(totals["closed: active"], sum(o["active"] for o in rows), "closed by this host first")
        entered = b.js("return document.querySelector('.for-wide g[data-state=TIME_WAIT] .count').textContent")
        equal(count(entered), totals["TIME_WAITs begun"], "the diagram")
        wide = b.js("return document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide at {width}"
        b.shot(f"report-{width}")
        quiet(b)
    if os.environ.get("UPDATE"):        # README's picture
        b.size(1280, 1150)
        b.js("document.getElementById('course').scrollIntoView()")
        shutil.copy(b.shot("report"), "tests/web/report.png")


@test("pictures: charts over time, histograms, bars of closes, lives; details of a row")
def pictures(b):
    opened(b, made("pictures", "-r", recording()))
    equal(b.js("return document.querySelectorAll('#course svg.chart').length"), 3, "charts over time")
    assert b.js("return document.querySelectorAll('#course .area[data-series=TIME_WAIT]').length") == 1, "no area of TIME_WAIT"
    assert b.js("return document.querySelectorAll('#destinations .line').length") >= 3, "no ports over time"
    assert b.js("return document.querySelectorAll('#latency .histogram rect').length") > 20, "no histograms"
    equal(b.js("return document.querySelectorAll('#slowest td.life svg').length"), len(b.rows("slowest")), "lives")
    assert b.js("return document.querySelectorAll('#processes svg.bar rect').length") > 8, "no bars"
    b.js("document.querySelector('#course svg.chart').scrollIntoView()")
    b.js("const s = document.querySelector('#course svg.chart'), r = s.getBoundingClientRect();"
         "s.dispatchEvent(new PointerEvent('pointermove', {clientX: r.left + r.width / 2, clientY: r.top + 20}))")
    assert "TIME_WAIT" in b.text("#course .readout"), b.text("#course .readout")
    b.js("document.querySelector('#slowest tbody button').click()")
    assert b.js("return document.querySelectorAll('#detail svg.life rect').length") >= 1, "no life in the detail"
    b.press(Keys.ESCAPE)
    first = b.rows("latency")[0][0]
    b.js("document.querySelectorAll('#latency th button')[1].click()")
    counts = [count(r[1]) for r in b.rows("latency")]
    equal(counts, sorted(counts, reverse=True), f"sorted by count ({first} was first)")
    quiet(b)


@test("two recordings side by side, with what differs")
def compare(b):
    one, two = recording(), recording("small", "9000")
    path = os.path.join(DIR, "compare.html")
    twtrace("-r", one, "report", "--compare", two, "-o", path)
    for width in (400, 1600):
        opened(b, path, width)
        a, z = [{r[0]: r[1] for r in b.rows(t)} for t in ("totals", "b-totals")]
        rows = {r[0]: r[1:] for r in b.rows("differences")}
        equal(rows["connections opened"][:2], [a["connections opened"], z["connections opened"]], "both numbers")
        ratio = count(z["connections opened"]) / count(a["connections opened"])
        equal(rows["connections opened"][2], f"{ratio:.2f}", "the ratio")
        equal({r[0]: count(r[1]) for r in b.rows("b-latency")}, {o["phase"]: o["count"] for o in objects("hist", "-r", two, "hist", "all", "-j")}, "phases of B")
        side = b.js("const box = (s) => document.querySelector(s).getBoundingClientRect(); return box('#b-states').left > box('#states').left + 100")
        equal(side, width == 1600, f"beside each other at {width}")
        wide = b.js("return document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} pixels wide at {width}"
        quiet(b)


@test("names of processes and of the file are text, whatever they are")
def hostile(b):
    path = os.path.join(DIR, "<img src=x onerror=alert(1)>&\"'.twr")
    code = """
import ctypes, socket, sys
ctypes.CDLL(None).prctl(15, bytes.fromhex(sys.argv[1]), 0, 0, 0)
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
c = socket.create_connection(l.getsockname()); s = l.accept()[0]
c.close(); s.close()
"""
    runs = " && ".join(f"{sys.executable} -c '{code}' {name.hex()}" for name in HOSTILE)
    subprocess.run([os.environ["TWTRACE"], "-q", "-N", "self", "-w", path, "conn", "--", "sh", "-c", runs], check=True, stdout=subprocess.DEVNULL)
    page = made("hostile", "-r", path)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    body = text[text.index("<body"):text.index("<script type=\"module\">")]
    data = body[body.index("<script type"):].removeprefix('<script type="application/json" id="data">').removesuffix("</script>\n")
    if os.environ.get("TWT_KEEP"):
        shutil.copy(page, os.environ["TWT_KEEP"])
    assert "<img" not in body and "<!--" not in body and "<b>" not in body, "markup that we did not write"
    assert not any(c in data for c in "<>&\u2028\u2029"), "what ends a script or a line of it"
    opened(b, page)
    names = b.js("return JSON.parse(document.getElementById('data').textContent).sides[0].tables.processes.rows.map(r => r.comm)")
    for name in HOSTILE:
        assert name.decode() in names, (name, names)
    equal(b.js("return document.querySelectorAll('main img, main b:not(li b, figcaption b), main i').length"), 0, "elements made of names")
    shown = [r[0] for r in b.rows("processes")]
    assert any(s.startswith("</script><b> (") for s in shown), shown
    assert "onerror=alert(1)" in b.text(".about-recording"), "the file's name"
    equal(b.js("return document.querySelectorAll('script').length"), 2, "scripts")
    quiet(b)


@test("without JavaScript the tables are there; printed it fits on paper")
def no_script(b):
    rec = recording()
    path = made("plain", "-r", rec)
    b.scripts(False)
    try:
        b.size(1000)
        b.d.get("about:blank")
        b.d.get("file://" + path)
        rows = b.d.find_elements(By.CSS_SELECTOR, "#latency tbody tr")
        equal(len(rows), 11, "phases")
        assert b.d.find_elements(By.CSS_SELECTOR, "#course tbody tr"), "nothing over time"
        assert b.d.find_elements(By.CSS_SELECTOR, "#slowest tbody tr"), "no connections"
        assert "pictures" in b.d.find_element(By.TAG_NAME, "noscript").text
    finally:
        b.scripts(True)
    opened(b, path)
    b.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    b.size(760)
    equal(b.js("return getComputedStyle(document.documentElement).backgroundColor"), "rgb(255, 255, 255)", "paper")
    equal(b.js("return getComputedStyle(document.querySelector('.contents')).display"), "none", "links on paper")
    wide = b.js("return document.documentElement.scrollWidth")
    assert wide <= 760, f"{wide} pixels wide on paper of 760"
    pdf = b.d.execute_cdp_cmd("Page.printToPDF", {})["data"]
    assert len(pdf) > 10000, "no pages"
    b.d.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    quiet(b)


if __name__ == "__main__":
    browser = Browser()
    try:
        code = main(browser)
    finally:
        browser.close()
        shutil.rmtree(DIR, ignore_errors=True)
    sys.exit(code)
