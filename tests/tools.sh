#!/bin/sh
# Installs what the tests need beside Python: as root with apt and npm; others are told what is missing.
set -eu
cd "$(dirname "$0")/.."

missing=""
command -v ffmpeg >/dev/null || missing="$missing ffmpeg"
[ -x /usr/sbin/nginx ] || command -v nginx >/dev/null || missing="$missing nginx"
[ -e /usr/lib/nginx/modules/ngx_rtmp_module.so ] || missing="$missing libnginx-mod-rtmp"
command -v chromium >/dev/null || missing="$missing chromium"
command -v promtool >/dev/null || missing="$missing prometheus"
command -v systemd-analyze >/dev/null || missing="$missing systemd"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
fc-list 2>/dev/null | grep -q . || [ -d /usr/share/fonts/truetype/dejavu ] || missing="$missing fonts-dejavu-core"

if [ -n "$missing" ]; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        # Nothing that is installed for tests shall start as a service.
        if [ ! -e /usr/sbin/policy-rc.d ]; then
            printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
            chmod 755 /usr/sbin/policy-rc.d
            trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        fi
        apt-get update -qq
        # shellcheck disable=SC2086
        apt-get install -qq -y --no-install-recommends $missing >/dev/null
    else
        echo "The tests need these Debian packages:$missing" >&2
        echo "Install them as root: apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi

# npm_tool FOLDER PACKAGE: the version that FOLDER/package.json names
npm_tool() {
    wanted=$(sed -n "s/.*\"$2\": \"\(.*\)\".*/\1/p" "$1/package.json")
    grep -qs "\"version\": \"$wanted\"" "$1/node_modules/$2/package.json" ||
        npm install --silent --no-audit --no-fund --no-package-lock --prefix "$1"
}
npm_tool tests/ingest node-media-server
npm_tool tests/web/axe axe-core
