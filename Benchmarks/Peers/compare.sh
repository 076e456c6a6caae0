#!/bin/sh
# Sets up PyTorch in a Python environment below .build-peers, once, and compares with it.
set -eu

folder=$(dirname "$0")
environment=.build-peers
if [ ! -e "$environment/complete" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --upgrade pip
  "$environment/bin/pip" install --quiet torch numpy setuptools
  touch "$environment/complete"
fi
PYTHONDONTWRITEBYTECODE=1
TORCHINDUCTOR_CACHE_DIR="$PWD/$environment/compiled"
export PYTHONDONTWRITEBYTECODE TORCHINDUCTOR_CACHE_DIR
exec "$environment/bin/python" "$folder/compare.py" "$@"
