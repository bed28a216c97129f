#!/usr/bin/env bash
# Whether a run that stands still recovers by itself: a constant rate that is six times too high, once with early stop
# and recovery, once with early stop alone, once without either to its planned end. One run at a time, paired by seed.
# Usage: [UPDATES=240] bench/plateau-recovery.sh WORK-FOLDER [SEED...]; the seeds are 1 to 5 unless given. Runs that are
# there already are not made again. The table is printed by bench/plateau-recovery.py WORK-FOLDER, for the seeds it finds.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- 1 2 3 4 5
stride=${STRIDE:-$home/stride}
updates=${UPDATES:-240}
data=$home/samples/classification

# Of the guards only early-stop may act, so that the arms differ in nothing else: the gradient norms of the first three
# updates are 12 to 28 here, and the classic rule for them could end a run before it has begun.
run() { # ARM SEED FLAGS...
  local folder=$work/$1-s$2 seed=$2
  shift 2
  [ -f "$folder/result.json" ] || train "$folder" "$seed" "$@"
  # what the kept checkpoint is worth on rows that chose nothing
  [ -f "$folder/test.json" ] || nice -n 10 "$stride" eval --model "$folder/$(best "$folder")" --threads 1 --precision fp32 \
    --task classification --val "$data/test.csv" --val-generate 204 --json >"$folder/test.part" 2>>"$folder.log"
  [ -f "$folder/test.json" ] || mv "$folder/test.part" "$folder/test.json"
}

best() { # FOLDER
  sed -n 's/.*"checkpoint" : "\(.*\)".*/\1/p' "$1/result.json"
}

train() { # FOLDER SEED FLAGS...
  local folder=$1 seed=$2
  shift 2
  rm -rf "$folder"
  # a run that is stopped ends with a status of its own
  nice -n 10 "$stride" train --model "$home/samples/model" --method full --threads 1 --precision fp32 \
    --task classification --data "$data/train.csv" --val "$data/validation.csv" --val-generate 204 \
    --batch 8 --steps "$updates" --eval-every 15 --save-every 100000 --keep-last 1 \
    --lr 6e-3 --schedule constant --warmup 10 --seed "$seed" --out "$folder" "$@" >"$folder.log" 2>&1 || true
  [ -f "$folder/result.json" ] || { tail -5 "$folder.log" >&2; exit 1; }
}

for seed in "$@"; do
  run unchanged "$seed" --guard all=off
  run recovery "$seed" --guard all=off,early-stop=on --patience 3
  run stop "$seed" --guard all=off,early-stop=on --patience 3 --recoveries 0
done
python3 "$home/bench/plateau-recovery.py" "$work"
