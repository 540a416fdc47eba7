#!/usr/bin/env bash
# run.sh [PICTURES]: the extension as it ships, with the release server, in real VS Code.
#
# Packs editors/vscode with target/release/flowsentry into a .vsix, installs that into a fresh VS Code and
# works on copies of tests/fixtures/contoso-expenses. Needs a release build; installs the rest (install.sh).
#
#   FLOWSENTRY_SERVER           another server program than target/release/flowsentry
#   FLOWSENTRY_VSCODE_CACHE     where VS Code is installed, outside the clone
#   PICTURES                    where screenshots go (default target/vscode/pictures)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
extension="$root/editors/vscode"
server=${FLOWSENTRY_SERVER:-$root/target/release/flowsentry}
pictures=${1:-$root/target/vscode/pictures}
vsix="$root/target/vscode/flow-sentry.vsix"

[ -x "$server" ] || { echo "no server at $server; run: cargo build --release" >&2; exit 1; }
"$here/install.sh"

mkdir -p "$(dirname "$vsix")" "$extension/server"
install -m 755 "$server" "$extension/server/flowsentry"
cd "$extension"
# The lock file decides; an older node_modules is made to follow it.
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
npm run --silent package -- --out "$vsix"

export FLOWSENTRY_VSCODE_CACHE=${FLOWSENTRY_VSCODE_CACHE:-$HOME/.cache/flow-sentry-vscode}
exec node "$here/run.mjs" "$vsix" "$pictures"
