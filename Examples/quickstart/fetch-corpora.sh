#!/bin/sh
# Fetches text by package name from the Debian or Ubuntu archive, and makes a file LANGUAGE.jsonl of
# it for each language. Nothing is installed, and no root is needed.
#
#   fetch-corpora.sh CPT_HOST [FOLDER [LANGUAGE...]]
#
# CPT_HOST is the cpt-host binary; FOLDER gets the files; where it is not given, they go to where
# pipeline.yaml looks for them, `corpora` at the root of the repository. LANGUAGE is en, fr or zh;
# without one, en and zh. What is there already is left alone.
set -eu

packages_en="manpages manpages-dev fortunes fortunes-min git-doc debian-reference-en debian-faq"
packages_fr="manpages-fr manpages-fr-dev debian-reference-fr debian-faq-fr fortunes-fr"
packages_zh="manpages-zh fortunes-zh debian-reference-zh-cn debian-reference-zh-tw debian-faq-zh-cn"
# Less text than this, in bytes, is not worth training on.
least=2000000

say() { printf '%s\n' "fetch-corpora: $*" >&2; }

give_up() {
  say "$1"
  say "To use text of your own, edit the lines below 'corpora:' in"
  say "$here/pipeline.yaml: 'files' may name .txt files (one document each) and .jsonl files"
  say "(one {\"text\": \"...\"} object a line), also zstd-compressed."
  exit 1
}

usage() {
  say "$1"
  say "usage: fetch-corpora.sh CPT_HOST [FOLDER [LANGUAGE...]], each language en, fr or zh"
  exit 2
}

[ $# -ge 1 ] || usage "the cpt-host binary is not named"
host=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=${2:-$here/../../corpora}
if [ $# -gt 2 ]; then shift 2; else set -- en zh; fi

missing=
for language in "$@"; do
  case $language in
    en | fr | zh) ;;
    *) usage "there is no list of packages for the language '$language'" ;;
  esac
  [ -s "$target/$language.jsonl" ] || missing="$missing $language"
done
[ -n "$missing" ] || exit 0

if [ ! -x "$host" ]; then
  say "there is no program at $host; build it first."
  exit 1
fi
for tool in apt-get apt-cache dpkg-deb gunzip; do
  command -v "$tool" > /dev/null || give_up "$tool is missing: this is no Debian or Ubuntu machine."
done

mkdir -p "$target"
target=$(CDPATH='' cd -- "$target" && pwd)
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# apt-get hands its downloads to a user of its own, who has to get in.
chmod 755 "$work"

# Prints those of the packages that the archive has.
known() { apt-cache show --no-all-versions "$@" 2> /dev/null | sed -n 's/^Package: //p'; }

# fetch LANGUAGE PACKAGE...: makes $target/LANGUAGE.jsonl.
fetch() {
  language=$1
  shift
  packages=$(known "$@")
  if [ -z "$packages" ] && [ "$(id -u)" = 0 ]; then
    say "asking the archive which packages there are"
    apt-get update > "$work/log" 2>&1 || say "apt-get update failed: $(tail -n 1 "$work/log")"
    packages=$(known "$@")
  fi
  [ -n "$packages" ] ||
    give_up "none of these packages is known here (run 'apt-get update' as root): $*"

  # shellcheck disable=SC2086
  say "fetching text in '$language' from:" $packages
  mkdir -p "$work/$language"
  # Where one download fails the others are made nevertheless.
  # shellcheck disable=SC2086
  (cd "$work/$language" && apt-get download $packages > "$work/log" 2>&1) ||
    grep '^E:' "$work/log" >&2 || true
  for package in $packages; do
    for archive in "$work/$language/${package}_"*.deb; do
      if [ -f "$archive" ]; then
        dpkg-deb -x "$archive" "$work/$language/$package"
        rm -f "$archive"
      else
        say "going on without $package, which could not be downloaded"
      fi
    done
  done
  find "$work/$language" -type f -name '*.gz' -exec gunzip -f -q {} + || true

  "$host" corpus extract --language "$language" --output "$work/$language.jsonl" \
    "$work/$language"/* || give_up "no text in '$language' could be extracted."
  size=$(wc -c < "$work/$language.jsonl")
  [ "$size" -ge "$least" ] ||
    give_up "only $size bytes of text in '$language' were found, too few to train on."
  mv "$work/$language.jsonl" "$target/$language.jsonl"
  say "$target/$language.jsonl: $size bytes"
}

# The lists are words, to be split.
# shellcheck disable=SC2086
for language in $missing; do
  case $language in
    en) fetch en $packages_en ;;
    fr) fetch fr $packages_fr ;;
    zh) fetch zh $packages_zh ;;
  esac
done
