#!/usr/bin/env python3
"""A run of a million updates on the dashboard in a browser: opening, zooming, following. Prints seconds and frame times.

Needs Chromium and, in a throwaway environment, Python's playwright: pip install playwright (no browser is downloaded).
Usage: bench/live-page.py [UPDATES]
"""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import sync_playwright

home = pathlib.Path(__file__).resolve().parent.parent
updates = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
MAIN = "window.strideDashboard.chart('main')"
WATCH = """() => { window.frames_ = []; let last = performance.now();
  (function next() { const now = performance.now(); window.frames_.push(now - last); last = now; requestAnimationFrame(next); })(); }"""


def step(number, loss):
    return json.dumps({"type": "step", "step": number, "loss": loss, "lr": {"decay": 1e-4, "no_decay": 1e-4},
                       "grad_norm": 1 + random.random(), "tokens": 497, "seconds": 0.31}) + "\n"


def frames(page, what):
    times = sorted(page.evaluate("window.frames_"))
    print(f"{what}: {len(times)} frames, median {times[len(times) // 2]:.1f} ms, "
          f"99 % within {times[int(0.99 * len(times))]:.1f} ms, longest {times[-1]:.1f} ms")


with tempfile.TemporaryDirectory() as folder:
    run = pathlib.Path(folder, "million")
    run.mkdir()
    (run / "plan.json").write_text("{}\n")
    (run / "config.yaml").write_text("task: dialogue\n")
    with (run / "events.jsonl").open("w") as events:
        for number in range(1, updates + 1):
            events.write(step(number, 2 + 4 * math.exp(-10 * number / updates) + random.gauss(0, 0.05)))
    server = subprocess.Popen(
        [home / "stride", "serve", folder, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        while True:
            text += server.stdout.readline()
            try:
                url = json.loads(text)["url"]
                break
            except ValueError:
                continue
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            for time_ in ("first", "second"):
                start = time.monotonic()
                page.goto(url)
                page.goto(url.split("/?")[0] + "/#run=million")
                page.reload()
                page.wait_for_function(f"() => window.strideDashboard && {MAIN} && {MAIN}.x.length > 100", timeout=120000)
                print(f"opened the {time_} time in {time.monotonic() - start:.2f} s")
            page.evaluate(WATCH)
            box = page.query_selector("figure[data-chart=main]").bounding_box()
            y = box["y"] + 150
            start = time.monotonic()
            page.mouse.move(box["x"] + 400, y)
            page.mouse.down()
            page.mouse.move(box["x"] + 460, y, steps=8)
            page.mouse.up()
            page.wait_for_function(f"() => window.strideDashboard.state().zoom && "
                                   f"Math.max(...{MAIN}.x) - Math.min(...{MAIN}.x) < {0.3 * updates}", timeout=60000)
            print(f"zoomed to a thirteenth, refined, in {time.monotonic() - start:.2f} s")
            for place in range(40):
                page.mouse.move(box["x"] + 100 + 20 * place, y)
                time.sleep(0.02)
            frames(page, "zooming and reading values")
            page.keyboard.press("z")
            page.evaluate("window.frames_.length = 0")
            with (run / "events.jsonl").open("a") as events:
                for number in range(updates + 1, updates + 101):
                    events.write(step(number, 2.0))
                    events.flush()
                    time.sleep(0.05)
            page.wait_for_function(f"() => Math.max(...{MAIN}.x) >= {updates + 100}", timeout=20000)
            frames(page, "following 20 updates a second")
            browser.close()
    finally:
        server.terminate()
        server.wait()
