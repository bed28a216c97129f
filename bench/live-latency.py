#!/usr/bin/env python3
"""How long after its line was written an update reaches a client of `stride serve`.

Serves a folder with one run, appends an update to it at random moments and listens to the server-sent events on a socket of
its own. Prints the median, the 95th percentile and the longest delay in milliseconds. Usage: bench/live-latency.py [N]
"""
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

home = pathlib.Path(__file__).resolve().parent.parent
count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
written, heard, done = {}, {}, threading.Event()


def listen(url):
    with urllib.request.urlopen(f"{url}/api/stream?run=run") as stream:
        kind = ""
        for line in stream:
            now = time.monotonic()
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                kind = text[7:]
            elif text.startswith("data: ") and kind == "rows":
                for row in json.loads(text[6:]).get("rows", []):
                    heard.setdefault(row["step"], now)
                if len(heard) >= count:
                    done.set()
                    return


with tempfile.TemporaryDirectory() as folder:
    run = pathlib.Path(folder, "run")
    run.mkdir()
    (run / "config.yaml").write_text("task: dialogue\n")
    (run / "plan.json").write_text("{}\n")
    events = (run / "events.jsonl").open("a")
    server = subprocess.Popen(
        [home / "stride", "serve", folder, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        text = ""
        while True:
            text += server.stdout.readline()
            try:
                url = json.loads(text)["url"].split("/?")[0]
                break
            except ValueError:
                continue
        threading.Thread(target=listen, args=(url,), daemon=True).start()
        time.sleep(2)
        for step in range(1, count + 1):
            line = {"type": "step", "step": step, "loss": 2.0, "lr": {"decay": 1e-4}, "grad_norm": 1.0, "tokens": 100, "seconds": 0.3}
            written[step] = time.monotonic()
            events.write(json.dumps(line) + "\n")
            events.flush()
            time.sleep(random.uniform(0.1, 0.5))
        done.wait(30)
    finally:
        server.terminate()
        server.wait()
delays = sorted(1000 * (heard[step] - at) for step, at in written.items() if step in heard)
print(f"{len(delays)} of {count} updates: median {statistics.median(delays):.0f} ms, "
      f"95 % within {delays[int(0.95 * len(delays)) - 1]:.0f} ms, longest {delays[-1]:.0f} ms")
