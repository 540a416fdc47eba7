#!/usr/bin/env bash
# install.sh: everything the editor tests need, from npm and the system's package manager.
#
#   cache: ${FLOWSENTRY_VSCODE_CACHE:-$HOME/.cache/flow-sentry-vscode}, outside the clone so that
#          a second clone, or a fresh checkout on the same machine, finds it filled
#
# Running it again is free: a stamp that names every version says the folder is complete.
set -euo pipefail

node=24.21.0        # code-server refuses to start on another major version than 24
code=4.139.1        # the workbench and extension host of VS Code 1.139, as a web server
playwright=1.65.1   # drives the browser; "core" because it brings none of its own

cache=${FLOWSENTRY_VSCODE_CACHE:-$HOME/.cache/flow-sentry-vscode}

case "$(uname -sm)" in
  "Linux x86_64") platform=linux-x64 ;;
  "Linux aarch64") platform=linux-arm64 ;;
  *) echo "the editor tests run on Linux only; this is $(uname -sm)" >&2; exit 1 ;;
esac

install_browser() {
  local tool
  for tool in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
    command -v "$tool" >/dev/null && return
  done
  local packages=(chromium fonts-dejavu-core) # without a font the editor draws empty boxes
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "please install: ${packages[*]}" >&2; exit 1; }
    as_root=(sudo -n)
  fi
  command -v apt-get >/dev/null || { echo "please install: ${packages[*]}" >&2; exit 1; }
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

install_editor() {
  local stamp="$cache/complete-node-$node-code-server-$code-playwright-$playwright"
  [ -e "$stamp" ] && return
  rm -rf "$cache"
  mkdir -p "$cache"
  cd "$cache"
  echo '{ "private": true }' > package.json
  # No install script runs, so no compiler and no headers are needed: the native modules that stay
  # unbuilt (keytar, kerberos) serve features the tests do not touch.
  local quiet=(--ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error)
  npm install "${quiet[@]}" "node-$platform@$node" "code-server@$code" "playwright-core@$playwright"
  # What code-server's own install script would do. Not `npm ci`: the lock file it ships is out of step.
  export PATH="$cache/node_modules/node-$platform/bin:$PATH"
  cd node_modules/code-server/lib/vscode
  npm install "${quiet[@]}" --omit=dev
  (cd extensions && npm install "${quiet[@]}" --omit=dev)
  ln -s "node-$platform" "$cache/node_modules/node-for-code-server"
  touch "$stamp"
}

install_browser
install_editor
echo "editor tests: VS Code is in $cache"
