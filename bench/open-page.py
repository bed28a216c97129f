#!/usr/bin/env python3
"""How long a report's page takes to open: bench/open-page.py PAGE...

Opens each page six times in headless Chromium and prints, for the last five, when it was loaded (read, styled, its script
run) and when its content was first painted, in milliseconds from the start of the navigation. Needs Python alone.
"""
import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PORT = 9333
TIMES = """(() => {
  const page = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByType("paint").find(e => e.name === "first-contentful-paint");
  return JSON.stringify(page.loadEventEnd > 0 && paint ? [page.loadEventEnd, paint.startTime] : null);
})()"""


class Tab:
    """A tab of the browser, driven through its debugging socket."""

    def __init__(self, url):
        _, _, host, path = url.split("/", 3)
        name, port = host.split(":")
        self.socket = socket.create_connection((name, int(port)))
        self.calls = 0
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.input = self.socket.makefile("rb")
        while self.input.readline().strip():
            pass

    def call(self, method, **params):
        self.calls += 1
        data = json.dumps({"id": self.calls, "method": method, "params": params}).encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.socket.sendall(b"\x81" + length + bytes(4) + data)  # a mask of zeros
        while True:
            answer = json.loads(self.read())
            if answer.get("id") == self.calls:
                return answer["result"]

    def read(self):
        length = self.input.read(2)[1] & 127
        if length >= 126:
            length = int.from_bytes(self.input.read(2 if length == 126 else 8), "big")
        return self.input.read(length)


def opened(tab, page):
    tab.call("Page.navigate", url="file://" + os.path.abspath(page))
    while True:
        time.sleep(0.3)
        times = json.loads(tab.call("Runtime.evaluate", expression=TIMES)["result"].get("value") or "null")
        if times:
            return times


def main(pages):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1180,1500"]
        command += [f"--remote-debugging-port={PORT}", "--user-data-dir=" + profile]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(150):
                try:
                    tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{PORT}/json"))
                    break
                except OSError:
                    time.sleep(0.2)
            tab = Tab(next(t for t in tabs if t["type"] == "page")["webSocketDebuggerUrl"])
            for page in pages:
                times = [opened(tab, page) for _ in range(6)][1:]
                loaded, painted = (sorted(round(t) for t in column) for column in zip(*times))
                print(f"{page}: {os.path.getsize(page)} bytes; loaded {loaded} ms, painted {painted} ms")
        finally:
            browser.terminate()
            browser.wait()


main(sys.argv[1:])
