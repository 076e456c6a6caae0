#!/bin/sh
# Makes up damaged plugin files for some seconds, led by what the reader's code does with them, and
# stops at the first that crashes it. Inputs that reach new code are added to the kept corpus, then
# the corpus is cut down to the smallest that reaches as much.
#
# usage: Scripts/fuzz-plugin-files.sh [SECONDS]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
scratch=.build-fuzz
corpus=Tests/PluginFileFuzzing/Corpus
largest=8192

swift build --scratch-path "$scratch" --sanitize fuzzer --target PluginFileFuzzing
find "$scratch/debug/" -name '*.o' >"$scratch/objects"
swiftc -sanitize=fuzzer @"$scratch/objects" -o "$scratch/fuzz"

rm -rf "$scratch/found" "$scratch/smallest"
mkdir -p "$scratch/found" "$scratch/smallest" "$scratch/crashes"
"$scratch/fuzz" -max_total_time="$seconds" -max_len="$largest" -timeout=10 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="$scratch/crashes/" "$scratch/found" "$corpus"
"$scratch/fuzz" -merge=1 -max_len="$largest" "$scratch/smallest" "$corpus" "$scratch/found"
rm -rf "$corpus"
mv "$scratch/smallest" "$corpus"
