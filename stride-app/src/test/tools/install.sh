#!/usr/bin/env bash
# Puts MLflow, TensorBoard, moto's server of S3 and OpenAI's clients, the versions that are tested against, into a folder
# of their own (about 1.2 GB). The client for Node is left out where there is no npm.
# usage: install.sh [FOLDER]   default: stride-app/target/tools; elsewhere, tests find it by STRIDE_TEST_TOOLS=FOLDER
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$here/../../../target/tools}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))'; then
  echo "install.sh: $python is not Python 3.10 or newer with its venv module (Debian: apt install python3-venv); PYTHON names another" >&2
  exit 1
fi
"$python" -m venv "$folder"
# TensorBoard 2.21 imports pkg_resources, which newer setuptools no longer have
"$folder/bin/pip" install --quiet --disable-pip-version-check 'mlflow==3.17.2' 'tensorboard==2.21.0' 'setuptools<81' \
  'moto[server]==5.2.5' -r "$here/openai-requirements.txt"
clients="OpenAI's client for Python"
if command -v npm > /dev/null; then
  mkdir -p "$folder/node"
  cp "$here/node/package.json" "$here/node/package-lock.json" "$folder/node"
  (cd "$folder/node" && npm ci --silent)
  clients="OpenAI's clients for Python and Node"
fi
echo "MLflow, TensorBoard, moto and $clients are in $(cd "$folder" && pwd)"
