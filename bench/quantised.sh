#!/usr/bin/env bash
# How a checkpoint answers in bf16, int8 and int4. It is converted twice; then each form, in a process of its own, continues a
# prompt of 128 random tokens by 32 and prints the time to the first token, tokens/s, peak memory and the limit of memory
# bandwidth as JSON. A folder that does not exist becomes a random checkpoint of ChatGLM3-6B's size first (12.5 GB).
# By hand only: 24 GB of disk, 14 GB of memory. Usage: bench/quantised.sh FOLDER [ROWS]
set -euo pipefail
folder=${1:?usage: bench/quantised.sh FOLDER [ROWS] (24 GB free)}
rows=${2:-1}
stride="$(dirname "$0")/../stride"
"$stride" bench --answer "$folder" --rows "$rows"
for bits in int8 int4; do
  [ -e "$folder-$bits" ] || "$stride" convert --model "$folder" --out "$folder-$bits" --quantize "$bits"
  "$stride" bench --answer "$folder-$bits" --rows "$rows"
done
