#!/usr/bin/env bash
# ChatGLM3-6B's true size on this machine: writes a random checkpoint (12.5 GB of float16 shards) into a folder unless it
# is there, then runs two LoRA steps of 256 tokens and a 16-token generation in bf16, and prints the figures as JSON.
# By hand only: it needs about 16 GB of memory and 13 GB of disk. Usage: bench/real-size.sh FOLDER
set -euo pipefail
folder=${1:?usage: bench/real-size.sh FOLDER (13 GB free)}
exec "$(dirname "$0")/../stride" bench --real-size "$folder"
