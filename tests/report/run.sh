#!/usr/bin/env bash
# run.sh [PICTURES]: the security report as a browser shows it, wide and narrow, light, dark and on paper.
#
# Makes reports of the sample, of a copy of it with hostile names, and of a real kit with invented accounts where this
# machine has one, and opens each in headless Chromium: no console message, no request, no overflow, enough contrast,
# headings in order, links that lead somewhere. Skipped with a line where there is no Chromium or no node.
#
#   FLOWSENTRY_SERVER    another program than target/release/flowsentry
#   FLOWSENTRY_KIT       a folder with solutions, settings and an inventory (connections.json), reported besides
#   CHROMIUM             the browser
#   PICTURES             where screenshots go (default target/report/pictures)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
program=${FLOWSENTRY_SERVER:-$root/target/release/flowsentry}
pictures=${1:-$root/target/report/pictures}

browser=
for tool in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
  if command -v "$tool" >/dev/null; then browser=$tool; break; fi
done
[ -n "$browser" ] || { echo "report: skipped, there is no Chromium here"; exit 0; }
command -v node >/dev/null || { echo "report: skipped, there is no node here"; exit 0; }
[ -x "$program" ] || { echo "no program at $program; run: cargo build --release" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$pictures"

sample="$root/tests/fixtures/contoso-expenses"
"$program" report "$sample" --date 2026-11-24 --output "$work/sample.html" 2>/dev/null
node "$here/hostile.mjs" "$sample" "$work/hostile"
"$program" report "$sample" --format json --output "$work/before.json" 2>/dev/null
"$program" report "$work/hostile" --since "$work/before.json" --output "$work/hostile.html" 2>/dev/null
pages=("$work/sample.html" "$work/hostile.html")
if [ -n "${FLOWSENTRY_KIT:-}" ]; then
  inventory=()
  if [ -f "$FLOWSENTRY_KIT/connections.json" ]; then inventory=(--connections "$FLOWSENTRY_KIT/connections.json"); fi
  "$program" report "$FLOWSENTRY_KIT" "${inventory[@]}" --date 2026-11-24 --output "$work/kit.html" 2>/dev/null
  pages+=("$work/kit.html")
fi
node "$here/pages.mjs" "$browser" "$pictures" "${pages[@]}"
