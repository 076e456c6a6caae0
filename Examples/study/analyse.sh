#!/bin/sh
# Fits the laws of the study to the tables that its parts left, and prints what RESULTS.md states.
#
#   analyse.sh CPT_HOST
#
# Twice each: to the ends of runs, which are annealed, and to every evaluation after the start, as
# whole curves are.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
host=$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd)/$(basename -- "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The evaluations of the ladder and of the runs at other lengths; what both parts have counts once.
awk -F, '
  FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; if (NR == 1) print; next }
  !seen[$column["run"], $column["corpus"], $column["step"]]++
' "$here/results/ladder/evaluations.csv" "$here/results/tokens/evaluations.csv" > points.csv

columns=N=parameters,D=tokens,loss=loss
fit() { # fit NAME LAW STAGE WHERE [OPTION...]
  name=$1 law=$2 stage=$3 where=$4
  shift 4
  "$host" fit points.csv --law "$law" --columns "$columns" --run run --where "corpus=chinese" \
    --where "stage=$stage" --where "$where" --bootstrap 1000 --seed 1 -o "$name.json" "$@"
}

for points in annealed curves; do
  where='last=yes'
  [ "$points" = annealed ] || where='step>0'
  printf '\n## From scratch, %s\n\n' "$points"
  fit "scratch-$points" chinchilla scratch "$where"
  printf '\n## Continued, %s, E, A and alpha of scratch\n\n' "$points"
  fit "cpt-$points" cpt-extended cpt "$where" --freeze-from "scratch-$points.json:E,A,alpha"
  printf '\n## Continued, %s, all free\n\n' "$points"
  fit "free-$points" cpt-extended cpt "$where"
  printf '\n## Continued, %s, by the law of scratch\n\n' "$points"
  fit "chinchilla-$points" chinchilla cpt "$where"

  printf '\n## The laws of the continued runs side by side, %s\n\n' "$points"
  "$host" compare "free-$points.json" "chinchilla-$points.json"
  printf '\n## What continuing saves by the two laws, %s\n\n' "$points"
  "$host" compare "scratch-$points.json" "cpt-$points.json"
  for compute in 1e12 1e13; do
    for strategy in scratch cpt; do
      printf '\n## The best size for %s FLOPs, %s, %s\n\n' "$compute" "$strategy" "$points"
      "$host" allocate --law "$strategy-$points.json" --compute "$compute"
    done
  done
done
