#!/bin/sh
# Runs parts of the study, one after another, and keeps each part's tables beside this file.
#
#   run.sh CPT_HOST [PART...]
#
# CPT_HOST is the cpt-host binary; a PART is the name of a .yaml file here, without one all of them. The
# parts share a workspace, so that models they have in common are trained once; a part that was stopped
# goes on where it was.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$here/../..
[ $# -ge 1 ] || { echo "usage: run.sh CPT_HOST [PART...]" >&2; exit 2; }
host=$1
shift
[ $# -ge 1 ] || set -- ladder tokens seeds replay french

"$here/../quickstart/fetch-corpora.sh" "$host" "$root/corpora" en zh fr
for part in "$@"; do
  "$host" run "$here/$part.yaml" --workspace "$root/workspace/study"
  mkdir -p "$here/results/$part"
  cp "$root/workspace/study/report/data/"*.csv "$here/results/$part/"
done
