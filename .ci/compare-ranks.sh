#!/usr/bin/env bash
# Whether two ranks have learned what one process has: the losses of both runs, update by update, within what float32 rounds
# differently in another order. compare-ranks.sh NAME SOLO-RUN RANKED-RUN
set -euo pipefail
one=$(grep -o '"loss":[0-9.eE+-]*' "$2/events.jsonl" | cut -d: -f2)
two=$(grep -o '"loss":[0-9.eE+-]*' "$3/events.jsonl" | cut -d: -f2)
paste <(echo "$one") <(echo "$two") | awk -v name="$1" '
  NF != 2 { print name ": not the same number of updates"; bad = 1; exit }
  { d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) { print name ": loss " $2 " instead of " $1; bad = 1 }; n++ }
  END { if (!bad && n < 4) { print name ": only " n " losses"; bad = 1 }
        if (!bad) print name ": " n " losses are those of one process"; exit bad }'
grep -q '"ranks" *: *2' "$3/plan.json" || { echo "$1: the plan does not say 2 ranks" >&2; exit 1; }
