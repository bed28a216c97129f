#!/usr/bin/env bash
# Wall time of four LoRA trials as whole commands: together over one base, one after the other in one process, and as four
# runs of stride train. Interleaved; prints one line a measurement. Usage: bench/shared-base.sh WORK-FOLDER [ROUNDS [BATCH]]
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
rounds=${2:-2}
batch=${3:-16}
stride=${STRIDE:-$home/stride}
rates=(1e-3 3e-3 1e-2 3e-2)
settings=(--model "$home/samples/model" --data "$home/samples/dialogue/train.jsonl"
  --val "$home/samples/dialogue/validation.jsonl" --val-limit 40 --val-generate 0 --task dialogue --method lora
  --lora-targets all --lora-alpha 16 --lora-dropout 0 --batch "$batch" --steps 40 --eval-every 40 --guard all=off)

measure() { # NAME COMMAND...
  local name=$1 TIMEFORMAT="%R s wall, %U s user"
  shift
  printf '%s: ' "$name"
  time "$@" >/dev/null 2>&1
}

sweep() { # TOGETHER FOLDER
  "$stride" sweep "${settings[@]}" --lrs "$(IFS=,; echo "${rates[*]}")" --grow off --prune off --together "$1" --out "$2"
}

runs() { # FOLDER
  for lr in "${rates[@]}"; do "$stride" train "${settings[@]}" --lr "$lr" --out "$1/$lr"; done
}

"$stride" --version >/dev/null
for ((i = 1; i <= rounds; i++)); do
  rm -rf "$work/together" "$work/turns" "$work/runs"
  measure "together, one process" sweep 4 "$work/together"
  measure "in turn, one process" sweep 1 "$work/turns"
  measure "four runs of stride train" runs "$work/runs"
done
