#!/usr/bin/env bash
# Makes the curves behind the table "Pruning" of bench/README.md again: the bundled checkpoint at eight rates, from far
# too low to far too high, in groups that differ in nothing but the rate. One run at a time, on one thread.
# Usage: bench/sweep-curves.sh WORK-FOLDER [NAME-PATTERN]; then
#        bench/sweep-curves.py WORK-FOLDER stride-app/src/test/resources/curves
#
# A run's name is TASK-METHOD-SCHEDULE-sSEED-RATE; all before the rate is the name of its group. Seed 1 is for looking at
# while the rules are tuned, the other seeds are held out.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
pattern=${2:-.}
stride=${STRIDE:-$home/stride}
samples=$home/samples
mkdir -p "$work/runs"

run() { # NAME FLAGS...
  local name=$1
  shift
  [[ $name =~ $pattern ]] || return 0
  [ -f "$work/runs/$name.done" ] && return 0
  rm -rf "$work/runs/$name"
  # of the guards only non-finite cannot be turned off; a run that it stops ends with a status of its own, and its events count
  nice -n 10 "$stride" train --model "$samples/model" --threads 1 --val-generate 0 --guard all=off \
    --steps 72 --eval-every 6 --save-every 100000 --keep-last 1 --keep-best off \
    --out "$work/runs/$name" "$@" >"$work/runs/$name.log" 2>&1 || true
  [ -f "$work/runs/$name/events.jsonl" ] || { cat "$work/runs/$name.log" >&2; exit 1; }
  rm -rf "$work/runs/$name/checkpoints"
  touch "$work/runs/$name.done"
  echo "$(date +%T) $name"
}

group() { # TASK METHOD SCHEDULE SEED RATE...
  local task=$1 method=$2 schedule=$3 seed=$4 rate data
  shift 4
  case $task in
    dialogue) data=(--data "$samples/dialogue/train.jsonl" --val "$samples/dialogue/validation.jsonl" --val-limit 32 --batch 4) ;;
    classification) data=(--data "$samples/classification/train.csv" --val "$samples/classification/validation.csv" --val-limit 48 --batch 8) ;;
  esac
  for rate in "$@"; do
    run "$task-$method-$schedule-s$seed-$rate" --task "$task" "${data[@]}" --method "$method" --schedule "$schedule" \
      --seed "$seed" --lr "$rate"
  done
}

for seed in 1 2; do
  # what one seed has as linear, the other has as cosine or wsd, so that the held-out half is no copy
  if [ $seed = 1 ]; then a=linear b=cosine c=wsd d=linear; else a=wsd b=linear c=cosine d=wsd; fi
  group dialogue full $a $seed 3e-5 1e-4 3e-4 1e-3 3e-3 1e-2 3e-2 1e-1
  group classification full $b $seed 1e-5 3e-5 1e-4 3e-4 1e-3 3e-3 1e-2 3e-2
  group dialogue lora $c $seed 1e-4 3e-4 1e-3 3e-3 1e-2 3e-2 1e-1 3e-1
  group classification lora $d $seed 1e-4 3e-4 1e-3 3e-3 1e-2 3e-2 1e-1 3e-1
done
