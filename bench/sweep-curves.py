#!/usr/bin/env python3
"""Packs the runs of bench/sweep-curves.sh: their settings and their evaluations, nothing of the training loss.

Usage: bench/sweep-curves.py WORK-FOLDER stride-app/src/test/resources/curves
"""
import gzip
import json
import re
import sys
from pathlib import Path


def read(folder):
    group, rate = re.fullmatch(r"(\w+-\w+-\w+-s\d+)-(.+)", folder.name).groups()
    task, method, schedule, _ = group.split("-")
    planned = json.loads((folder / "plan.json").read_text())["schedule"]
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    rates = [max(e["lr"].values()) for e in events if e["type"] == "step"]
    decay = re.search(r"over the last (\d+) updates", planned["shape"])
    run = {
        "group": group, "lr": float(rate), "task": task, "method": method, "schedule": schedule,
        "planned": planned["steps"], "warmup": planned["warmup_steps"], "decay": int(decay.group(1)) if decay else 0,
        "made": len(rates),
        # what the rates must come out as from the settings above
        "sum_of_rates": float("%.9g" % sum(rates)),
        "evaluations": [[e["step"], e["loss"] if isinstance(e["loss"], str) else float("%.6g" % e["loss"])]
                        for e in events if e["type"] == "eval"],
    }
    result = folder / "result.json"
    run["status"] = json.loads(result.read_text())["status"] if result.is_file() else "failed"
    return run


def main():
    work, out = Path(sys.argv[1]), Path(sys.argv[2])
    runs = [read(done.with_suffix("")) for done in (work / "runs").glob("*.done")]
    numbers = {run["group"]: sum(other["group"] == run["group"] for other in runs) for run in runs}
    # a group that is still being made would miss its highest rates
    runs = [run for run in runs if numbers[run["group"]] == max(numbers.values())]
    runs.sort(key=lambda run: (run["group"], run["lr"]))
    lines = "".join(json.dumps(run, separators=(",", ":")) + "\n" for run in runs)
    with gzip.GzipFile(filename="", mode="wb", fileobj=(out / "sweeps.jsonl.gz").open("wb"), mtime=0) as packed:
        packed.write(lines.encode())
    print("%d runs in %d groups" % (len(runs), len({run["group"] for run in runs})))


if __name__ == "__main__":
    main()
