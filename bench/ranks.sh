#!/usr/bin/env bash
# What several processes bring: updates of the bundled checkpoint by 1 process of 1 thread, 1 process of 2 threads, and
# 2 processes of 1 thread each, for LoRA and full tuning at the same total batch. Rounds alternate; each figure is the
# median of all measured updates (the first four of a run warm up). bench/ranks.sh [rounds, default 2]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-2}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export STRIDE_TERMINAL=0

measure() { # name, method, options ...
  local name=$1 method=$2
  shift 2
  local own=()
  [ "$method" = full ] || own=(--lora-dropout 0) # every rank draws masks of its own
  rm -rf "$work/run"
  ./stride train --model samples/model --data samples/dialogue/train.jsonl --task dialogue --batch 32 --micro-batch 8 \
    --steps 20 --save-every 1000 --lr 1e-4 --warmup 2 "${own[@]}" --method "$method" --out "$work/run" "$@" \
    >/dev/null 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
  grep '"loss"' "$work/run/events.jsonl" | grep -o '"seconds":[0-9.eE+-]*' | cut -d: -f2 | tail -n +5 >>"$work/$name.$method"
  trained=$(grep -om1 '[0-9,]* of [0-9,]* parameters' "$work/log" | cut -d' ' -f1 | tr -d ,)
  [ -n "$trained" ] || trained=$(grep -om1 'all [0-9,]* parameters' "$work/log" | cut -d' ' -f2 | tr -d ,)
  echo "$trained" >"$work/trained.$method"
}

for ((round = 0; round < rounds; round++)); do
  for method in lora full; do
    measure one-thread $method --threads 1
    measure two-threads $method --threads 2
    measure two-processes $method --threads 1 --nproc 2
  done
done

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }
printf '%-6s %14s %15s %17s %12s %16s\n' method '1x1 thread ms' '1x2 threads ms' '2 processes ms' 'efficiency' 'sum bytes/rank'
for method in lora full; do
  awk -v m=$method -v a="$(median "$work/one-thread.$method")" -v b="$(median "$work/two-threads.$method")" \
    -v c="$(median "$work/two-processes.$method")" -v p="$(cat "$work/trained.$method")" \
    'BEGIN { printf "%-6s %14.0f %15.0f %17.0f %11.0f%% %16d\n", m, 1000 * a, 1000 * b, 1000 * c, 100 * a / (2 * c), 4 * p }'
done
