#!/usr/bin/env bash
# Puts MLflow, TensorBoard and moto's server of S3, the versions that are tested against, into a folder of their own
# (about 1.2 GB).
# usage: install.sh [FOLDER]   default: stride-app/target/tools; elsewhere, tests find it by STRIDE_TEST_TOOLS=FOLDER
set -euo pipefail

folder=${1:-$(dirname "$0")/../../../target/tools}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))'; then
  echo "install.sh: $python is not Python 3.10 or newer with its venv module (Debian: apt install python3-venv); PYTHON names another" >&2
  exit 1
fi
"$python" -m venv "$folder"
# TensorBoard 2.21 imports pkg_resources, which newer setuptools no longer have
"$folder/bin/pip" install --quiet --disable-pip-version-check 'mlflow==3.17.2' 'tensorboard==2.21.0' 'setuptools<81' \
  'moto[server]==5.2.5'
echo "MLflow, TensorBoard and moto are in $(cd "$folder" && pwd)"
