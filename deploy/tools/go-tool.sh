#!/usr/bin/env bash
# go-tool.sh NAME PACKAGE VERSION: prints the path of a Go program, built once into the user's cache folder.
# Exit code 3: it is not built yet and there is no Go here to build it with.
set -euo pipefail
name=$1 package=$2 version=$3
folder=${XDG_CACHE_HOME:-$HOME/.cache}/nephoran/tools
program=$folder/$name-$version

if [ ! -x "$program" ]; then
  command -v go >/dev/null || { echo "$name $version must be built, and there is no go: install Go 1.24 or newer" >&2; exit 3; }
  echo "building $name $version, once; some minutes" >&2
  module=$(mktemp -d)
  trap 'rm -rf "$module"' EXIT
  mkdir -p "$folder"
  # A module of its own: `go install` refuses packages whose module has replacements.
  (cd "$module" && go mod init example.com/tool && go get "$package@$version" \
    && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$program" "$package") >&2
fi
echo "$program"
