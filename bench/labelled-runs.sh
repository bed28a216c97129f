#!/usr/bin/env bash
# Makes the labelled runs behind docs/diagnosis.md again: short runs of the bundled checkpoint, one at a time.
# Usage: bench/labelled-runs.sh WORK-FOLDER [NAME-PATTERN]; then the commands of
# stride-app/src/test/resources/curves/README.md turn them into test resources.
#
# A run's name is INTENT-TASK-DETAIL-sSEED. The intent is how the run was made, not what came out.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
pattern=${2:-.}
stride=${STRIDE:-$home/stride}
samples=$home/samples
mkdir -p "$work/data" "$work/runs"

# A line of nonsense for the dialogue format, from a linear congruence so that every awk makes the same.
nonsense='function word(  w, i) { w = ""; for (i = 0; i < 6; i++) { x = (x * 1103515 + 12345) % 2147483; w = w substr("qzxvkjwhpfgbdmtr", x % 16 + 1, 1) } return w }
function row(  a, b, i) { a = ""; b = ""; for (i = 0; i < 4; i++) a = a word() " "; for (i = 0; i < 12; i++) b = b word() " "; return "{\"conversations\":[{\"role\":\"user\",\"content\":\"" a "\"},{\"role\":\"assistant\",\"content\":\"" b "\"}]}" }'

# The dialogue rows in file order, with the rows of the named updates (4 rows each) replaced by nonsense.
spiked() { # FILE SEED UPDATE...
  local file=$1 seed=$2
  shift 2
  awk -v updates=" $* " -v x="$seed" "$nonsense"'
    { u = int((NR - 1) / 4) + 1; print index(updates, " " u " ") ? row() : $0 }' \
    "$samples/dialogue/train.jsonl" >"$file"
}

# The classification rows with the labels of a share of the rows moved on to other rows.
mislabelled() { # FILE SEED SHARE-IN-PERCENT
  awk -F, -v x="$2" -v share="$3" '
    NR == 1 { print; next }
    { n++; label[n] = $NF; text[n] = substr($0, 1, length($0) - length($NF) - 1) }
    END {
      for (i = n; i > 1; i--) {
        x = (x * 1103515 + 12345) % 2147483; if (x % 100 >= share) continue
        x = (x * 1103515 + 12345) % 2147483; j = x % i + 1; t = label[i]; label[i] = label[j]; label[j] = t
      }
      for (i = 1; i <= n; i++) print text[i] "," label[i]
    }' "$samples/classification/train.csv" >"$1"
}

run() { # NAME FLAGS...
  local name=$1
  shift
  [[ $name =~ $pattern ]] || return 0
  [ -f "$work/runs/$name/result.json" ] && return 0
  rm -rf "$work/runs/$name"
  # a run that a guard stops ends with a status of its own; its events count all the same
  nice -n 15 "$stride" train --model "${model:-$samples/model}" --method full --threads 1 --val-generate 0 \
    --save-every 100000 --keep-last 1 --keep-best off --out "$work/runs/$name" "$@" >"$work/runs/$name.log" 2>&1 || true
  [ -n "${keep:-}" ] || rm -rf "$work/runs/$name/checkpoints"
  echo "$(date +%T) $name"
}

classification() { # NAME SEED FLAGS...
  local name=$1 seed=$2
  shift 2
  run "$name-s$seed" --task classification --data "${data:-$samples/classification/train.csv}" \
    --val "$samples/classification/validation.csv" --val-limit 32 --eval-every 6 --batch 8 --seed "$seed" "$@"
}

dialogue() { # NAME SEED FLAGS...
  local name=$1 seed=$2
  shift 2
  run "$name-s$seed" --task dialogue --data "${data:-$samples/dialogue/train.jsonl}" \
    --val "$samples/dialogue/validation.jsonl" --val-limit 24 --eval-every 6 --batch 4 --seed "$seed" "$@"
}

# Rates at which the bundled checkpoint learns both tasks.
for seed in 1 2 3 4; do classification good-c-1e-3 $seed --steps 60 --lr 1e-3; done
for seed in 1 2 3 4; do dialogue good-d-3e-3 $seed --steps 60 --lr 3e-3; done

# From 30 to 30,000 times too low.
for seed in 1 2; do
  classification low-c-1e-5 $seed --steps 60 --lr 1e-5
  dialogue low-d-1e-6 $seed --steps 60 --lr 1e-6
done
for seed in 3 4; do
  classification low-c-1e-7 $seed --steps 60 --lr 1e-7
  dialogue low-d-3e-5 $seed --steps 60 --lr 3e-5
done

# 30 times too high and more.
for seed in 1 2; do
  classification div-c-1e-1 $seed --steps 60 --lr 1e-1
  dialogue div-d-1e-1 $seed --steps 60 --lr 1e-1
done
for seed in 3 4; do
  classification div-c-1 $seed --steps 60 --lr 1
  dialogue div-d-3e-1 $seed --steps 60 --lr 3e-1
done

# Blocks of nonsense rows in otherwise good runs, in the file's order.
spikes() { # SEED UPDATE...
  local seed=$1 name
  shift
  name="spike-d-u$(printf '%s' "$*" | tr ' ' '-')"
  spiked "$work/data/$name-s$seed.jsonl" $((seed * 7)) "$@"
  data="$work/data/$name-s$seed.jsonl" dialogue "$name" "$seed" --steps 60 --lr 3e-3 --shuffle off
}
spikes 1 30
spikes 2 41
spikes 3 26 47
spikes 4 35 36
spikes 5 22
spikes 6 28 39 50
spikes 7 44 45
spikes 8 33

# Sixteen rows, gone through 30 to 45 times.
for seed in 1 2 3 4; do
  classification fit-c-16rows $seed --limit 16 --steps 90 --lr 1e-3
  dialogue fit-d-16rows $seed --limit 16 --steps 120 --lr 3e-3
done

# Labels that say nothing: all of them moved to other rows.
for seed in 1 2 3 4; do
  mislabelled "$work/data/noise-100-s$seed.csv" $((seed * 3)) 100
  data="$work/data/noise-100-s$seed.csv" classification noise-c-100 $seed --steps 90 --lr 1e-3
done

# A constant rate ten times too high: it learns the answers' frequencies and no more.
for seed in 1 2 3 4; do classification flat-c-1e-2 $seed --steps 110 --lr 1e-2 --schedule constant --warmup 4; done

# A constant rate, momenta that forget at once, and no clipping: the loss goes up and down.
for seed in 1 2 3 4; do
  classification osc-c-3e-3 $seed --steps 80 --lr 3e-3 --schedule constant --beta1 0.5 --beta2 0.5 --clip 0
done
for seed in 2 3 4; do
  dialogue osc-d-6e-3 $seed --steps 80 --lr 6e-3 --schedule constant --beta1 0.5 --beta2 0.5 --clip 0
done

# More of the first two kinds.
for seed in 5 6; do
  classification good-c-1e-3 $seed --steps 60 --lr 1e-3
  dialogue good-d-3e-3 $seed --steps 60 --lr 3e-3
  classification low-c-1e-6 $seed --steps 60 --lr 1e-6
  dialogue low-d-1e-7 $seed --steps 60 --lr 1e-7
done
for seed in 5 6 7 8; do
  classification osc-c-3e-3 $seed --steps 80 --lr 3e-3 --schedule constant --beta1 0.5 --beta2 0.5 --clip 0
done
for seed in 5 6; do
  classification fit-c-16rows $seed --limit 16 --steps 60 --lr 1e-3
  classification div-c-1e-1 $seed --steps 40 --lr 1e-1
done
