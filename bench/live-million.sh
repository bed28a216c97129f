#!/usr/bin/env bash
# What the live view costs: a run of 1,000,000 updates read, drawn and followed; 5,000 finished runs watched.
# Writes about 330 MB into the folder, which may be deleted afterwards. Usage: bench/live-million.sh WORK-FOLDER
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
work=$(mkdir -p "$1" && cd "$1" && pwd)
"$home/stride" --version >/dev/null
target=$home/stride-app/target
"${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx1g -cp "$target/stride.jar:$target/lib/*" "$home/bench/LiveMillion.java" "$work"
