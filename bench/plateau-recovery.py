#!/usr/bin/env python3
"""The table of bench/plateau-recovery.sh: bench/plateau-recovery.py WORK-FOLDER. Needs Python alone.

Everything is read from each run's events.jsonl, result.json and test.json. An update counts wherever it was made, so
those that a recovery left behind count too. "test" is the best checkpoint on rows that chose nothing. "best so far" is
the recovered run's best evaluation by the time it had made as many updates as its twin at the unchanged rate in all.
"""
import json
import re
import statistics
import sys
from pathlib import Path

METRIC = "macro-f1"
KEYS = ("best", "last", "lowest_loss", "last_loss", "test")
ARMS = ("unchanged", "recovery", "stop")


def read(folder):
    run = {"updates": 0, "evals": [], "branches": 0, "result": json.loads((folder / "result.json").read_text())}
    for line in (folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "step":
            run["updates"] += 1
        elif event["type"] == "branch":
            run["branches"] += 1
        elif event["type"] == "eval":
            run["evals"].append((run["updates"], float(event[METRIC]), float(event["loss"])))
    run["best"] = max(f1 for _, f1, _ in run["evals"])
    if run["best"] != float(run["result"]["best"]["value"]):
        raise SystemExit("%s: events and result disagree about the best %s" % (folder, METRIC))
    test = json.loads((folder / "test.json").read_text())
    run["test"], run["test_loss"] = float(test[METRIC]), float(test["loss"])
    run["last"] = run["evals"][-1][1]
    run["lowest_loss"] = min(loss for _, _, loss in run["evals"])
    run["last_loss"] = run["evals"][-1][2]
    return run


def compared(what, pairs, lower_is_better=False):
    gains = [(twin - own if lower_is_better else own - twin) for own, twin in pairs]
    wins = sum(gain > 0 for gain in gains)
    spread = ", standard deviation %.3f" % statistics.stdev(gains) if len(gains) > 1 else ""
    print("- %s: better in %d of %d, by %.3f on average (%.3f to %.3f%s)"
          % (what, wins, len(gains), statistics.mean(gains), min(gains), max(gains), spread))


def main():
    work = Path(sys.argv[1])
    seeds = sorted(int(re.search(r"-s(\d+)$", f.name).group(1)) for f in work.glob("recovery-s*") if f.is_dir())
    if not seeds:
        raise SystemExit("no runs in %s" % work)
    runs = {arm: [read(work / ("%s-s%d" % (arm, seed))) for seed in seeds] for arm in ARMS}
    print("Each cell: unchanged / recovery / stop.")
    print()
    print("| seed | recoveries | updates made | best macro-F1 | last macro-F1 | lowest loss | last loss | test macro-F1 | best so far |")
    print("| ---: | ---: | --- | --- | --- | --- | --- | --- | ---: |")
    early = []
    for i, seed in enumerate(seeds):
        three = [runs[arm][i] for arm in ARMS]
        early.append(max(f1 for made, f1, _ in three[1]["evals"] if made <= three[0]["updates"]))
        print("| %d | %d | %s | %s | %s | %s | %s | %s | %.3f |" % (
            seed, three[1]["branches"], " / ".join(str(run["updates"]) for run in three),
            *(" / ".join("%.3f" % run[key] for run in three) for key in KEYS),
            early[-1]))
    print()
    print("Early stop came to a recovery in %d of %d runs."
          % (sum(run["branches"] > 0 for run in runs["recovery"]), len(seeds)))
    for twin in ("unchanged", "stop"):
        pairs = list(zip(runs["recovery"], runs[twin]))
        print("recovery against %s:" % twin)
        for what, key in (("best macro-F1", "best"), ("last macro-F1", "last"),
                          ("lowest validation loss", "lowest_loss"), ("last validation loss", "last_loss"),
                          ("test macro-F1 of the best checkpoint", "test"),
                          ("test loss of the best checkpoint", "test_loss")):
            compared(what, [(own[key], other[key]) for own, other in pairs], "loss" in key)
        if twin == "unchanged":
            compared("best macro-F1 within the twin's number of updates",
                     [(own, other["best"]) for own, (_, other) in zip(early, pairs)])


if __name__ == "__main__":
    main()
