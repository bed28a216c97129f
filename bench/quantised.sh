#!/usr/bin/env bash
# How a checkpoint answers in bf16, int8 and int4: converts it twice, then, each in a process of its own, continues a random
# prompt of 128 tokens by 32 and prints time to the first token, tokens/s, peak memory and the limit of memory bandwidth as
# JSON. A folder that does not exist becomes a random checkpoint of ChatGLM3-6B's size first (12.5 GB).
# By hand only: 23 GB of disk, 16 GB of memory. Usage: bench/quantised.sh FOLDER
set -euo pipefail
folder=${1:?usage: bench/quantised.sh FOLDER (23 GB free)}
stride="$(dirname "$0")/../stride"
[ -e "$folder/config.json" ] || "$stride" bench --real-size-only "$folder"
for bits in int8 int4; do
  [ -e "$folder-$bits/config.json" ] || time "$stride" convert --model "$folder" --out "$folder-$bits" --quantize "$bits"
done
for model in "$folder" "$folder-int8" "$folder-int4"; do
  "$stride" bench --answer "$model"
done
