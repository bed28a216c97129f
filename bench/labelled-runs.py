#!/usr/bin/env python3
"""Labels the runs of bench/labelled-runs.sh and packs their curves.

Usage: bench/labelled-runs.py WORK-FOLDER stride-app/src/test/resources/curves

A label is the intent with which a run was made (the first word of its name), kept only where the run came out as it
was meant to by the rule below. The rules use what no diagnosis of a single run can see: the best rate's validation
loss, and the updates into which nonsense was put. A run that did not come out so is listed without a label and not used.
Seeds 1 and 2 are for looking at while the rules are written, and so are five runs of other seeds that had been seen
before that was settled; all others are held out.
"""
import gzip
import json
import re
import statistics
import sys
from pathlib import Path

SEEN = {"good-c-1e-3-s3", "good-c-1e-3-s4", "good-d-3e-3-s3", "good-d-3e-3-s4", "low-c-1e-7-s3"}
LABELS = {"good": "healthy", "low": "underfit", "div": "diverged", "spike": "spike", "fit": "overfit",
          "noise": "plateau", "flat": "plateau", "osc": "oscillation"}


def read(folder):
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    plan = json.loads((folder / "plan.json").read_text())
    steps = [e for e in events if e["type"] == "step"]
    return {
        "name": folder.name,
        "planned": plan["schedule"]["steps"],
        "warmup": plan["schedule"]["warmup_steps"],
        "loss": [float(e["loss"]) for e in steps],
        "lr": [max(e["lr"].values()) for e in steps],
        "norm": [float(e["grad_norm"]) for e in steps],
        "evals": [[e["step"], float(e["loss"])] for e in events if e["type"] == "eval"],
        "skips": [[e["step"], e["reason"]] for e in events if e["type"] == "skip"],
    }


def came_out(run, intent, good):
    loss, evals = run["loss"], [loss for _, loss in run["evals"]]
    stopped = len(run["skips"]) >= 2
    third = len(loss) // 3
    if intent == "good":
        return evals[-1] <= 1.5 * good and evals[-1] < 1.1 * min(evals)
    if intent == "low":
        return evals[-1] >= 2 * good
    if intent == "div":
        return stopped or (sum(x >= 1.5 * loss[0] for x in loss) >= 5 and evals[-1] >= 2 * good)
    if intent == "fit":
        return evals[-1] >= 1.1 * min(evals) and statistics.mean(loss[-len(loss) // 4:]) <= 0.5 * evals[-1]
    if intent in ("noise", "flat"):
        return evals[-1] >= 1.5 * good and statistics.mean(loss[-third:]) >= 0.85 * statistics.mean(loss[third:-third])
    if intent == "spike":
        updates = re.search(r"-u([\d-]+)-s", run["name"]).group(1).split("-")
        return all(loss[int(u) - 1] >= 3 * statistics.mean(loss[23:25] if int(u) < 25 else loss[int(u) - 9:int(u) - 4])
                   for u in updates)
    if intent == "osc":
        half = evals[len(evals) // 2:]
        return sum(b >= 1.15 * a for a, b in zip(half, half[1:])) >= 2
    raise SystemExit("unknown intent of " + run["name"])


def short(value):
    return float("%.5g" % value)


def main():
    work, out = Path(sys.argv[1]), Path(sys.argv[2])
    folders = [f for f in sorted((work / "runs").iterdir())
               if (f / "result.json").is_file() and re.match(r"[a-z]+-[cd]-.*-s\d+$", f.name)]
    runs = [read(f) for f in folders]
    task = {run["name"]: run["name"].split("-")[1] for run in runs}
    good = {t: statistics.median(r["evals"][-1][1] for r in runs if r["name"].startswith("good-" + t)) for t in "cd"}
    table = ["name\tlabel\thalf\tfinal_validation_loss\tgood_rate_validation_loss"]
    lines = []
    for run in runs:
        name = run["name"]
        intent = name.split("-")[0]
        label = LABELS[intent] if came_out(run, intent, good[task[name]]) else "none"
        half = "tuning" if int(name.rsplit("-s", 1)[1]) <= 2 or name in SEEN else "held-out"
        table.append("%s\t%s\t%s\t%.4g\t%.4g" % (name, label, half, run["evals"][-1][1], good[task[name]]))
        for key in ("loss", "lr", "norm"):
            run[key] = [short(x) for x in run[key]]
        run["evals"] = [[step, short(x)] for step, x in run["evals"]]
        lines.append(json.dumps(run, separators=(",", ":")))
    (out / "labels.tsv").write_text("\n".join(table) + "\n")
    with gzip.GzipFile(filename="", mode="wb", fileobj=(out / "runs.jsonl.gz").open("wb"), mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode())
    print("%d runs, %d labelled" % (len(runs), sum("\tnone\t" not in row for row in table[1:])))


if __name__ == "__main__":
    main()
