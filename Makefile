# Redress. `make help` lists what there is.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: run test check bench format openapi requirements reset help

run: ## Set everything up and run the whole product on http://localhost:8000 (PORT=9000 make run)
	@config/setup.sh run
	@exec $(PYTHON) -m config.run

test: ## Set everything up and run all tests, the browser's included
	@config/setup.sh dev
	@$(PYTHON) -m kernel.testing.browser
	@exec $(PYTHON) -m pytest

check: ## Format, lint, types, import rules, migrations, API description, front end
	@config/setup.sh dev
	@exec config/check.sh

bench: ## Run the benchmarks, on servers of their own (ONLY=list,send SMOKE=1 HISTORY=1); writes var/bench.json
	@config/setup.sh dev
	@exec $(PYTHON) -m bench

format: ## Format the code the way `make check` wants it
	@config/setup.sh dev
	@$(PYTHON) -m ruff format -q . && $(PYTHON) -m ruff check -q --fix .

openapi: ## Write docs/openapi.yaml from the code
	@config/setup.sh dev
	@$(PYTHON) manage.py openapi --settings config.settings_test

requirements: ## Compile requirements*.txt from requirements*.in
	@config/setup.sh dev
	@.venv/bin/uv pip compile -q $(COMPILE) -o requirements.txt requirements.in
	@.venv/bin/uv pip compile -q $(COMPILE) -o requirements-dev.txt requirements-dev.in

reset: ## Delete var/: database, Redis, uploads, logs, logins
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m config.run reset; else rm -rf var; fi

help: ## Show this
	@sed -n 's/^\([a-z]*\): ## /\1	/p' Makefile | expand -t 16

COMPILE := --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links
