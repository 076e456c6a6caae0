#!/bin/sh
# Sets up PyTorch and SciPy in a Python environment below .build-peers, once, and compares with it.
set -eu

folder=$(dirname "$0")
environment=.build-peers
if [ ! -e "$environment/complete-with-scipy" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --upgrade pip
  "$environment/bin/pip" install --quiet torch numpy scipy setuptools
  touch "$environment/complete-with-scipy"
fi
PYTHONDONTWRITEBYTECODE=1
TORCHINDUCTOR_CACHE_DIR="$PWD/$environment/compiled"
export PYTHONDONTWRITEBYTECODE TORCHINDUCTOR_CACHE_DIR
exec "$environment/bin/python" "$folder/compare.py" "$@"
