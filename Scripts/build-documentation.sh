#!/bin/sh
# Builds the documentation for plugin authors with the toolchain's DocC, from modules that are built.
#   build-documentation.sh MODULES OUTPUT
set -eu

modules=$1
output=$2
graphs=$output.graphs
sources=$(dirname "$0")/../Sources
catalog=$sources/PluginSDK/PluginSDK.docc

rm -rf "$graphs" "$output"
mkdir -p "$graphs"
target=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')
for module in PluginSDK GraphLanguage; do
  swift symbolgraph-extract -module-name "$module" -I "$modules" \
    -I "$sources/CPluginABI/include" \
    -output-dir "$graphs" -minimum-access-level public -target "$target"
done
docc convert "$catalog" --additional-symbol-graph-dir "$graphs" --output-dir "$output" \
  --fallback-display-name PluginSDK --fallback-bundle-identifier cpt-host.PluginSDK \
  --transform-for-static-hosting --warnings-as-errors
rm -rf "$graphs"
