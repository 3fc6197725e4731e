# `make` lists what there is. Needs Python 3.11 or newer; Node only where the machine has one, a Python package otherwise.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than two cores: many tests wait.
WORKERS ?= 3
# Further words for pytest, for example: make test ARGS="-k receipts"
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check style format bench faults docs lock page chromium servers clean

help: ## What there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run page ## Start Hark at http://localhost:8000, with everything it needs (Ctrl-C stops it)
	@exec $(BIN)/hark serve

test: style chromium servers ## Everything that must hold before a change goes in
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(BIN)/hark ui run test

check: style ## The quick checks: style, types, layers, the project's own rules, unit tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/unit

style: $(VENV)/.test page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/lint.py
	@$(BIN)/hark ui run typecheck
	@$(BIN)/hark ui run lint

format: $(VENV)/.test ## Bring the Python files into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.run ## Measure this machine; figures are ratios within one run
	@$(BIN)/hark bench

faults: $(VENV)/.test ## The long form of the fault tests: hundreds of kills and restarts
	@HARK_FAULTS=long $(BIN)/python -m pytest -m faults $(ARGS)

docs: $(VENV)/.run ## Write the generated pages: docs/settings.md, docs/capabilities.md and the API's description for the page
	@$(BIN)/hark docs settings > docs/settings.md
	@$(BIN)/hark docs capabilities > docs/capabilities.md
	@$(BIN)/hark openapi > web/openapi.json
	@$(BIN)/hark ui run api

lock: $(VENV)/.test ## Write requirements/*.txt anew (ARGS=--upgrade for the newest versions; needs uv)
	@scripts/lock.sh $(ARGS)

page: $(VENV)/.run
	@$(BIN)/hark ui build

chromium:
	@scripts/chromium.sh

servers:
	@scripts/servers.sh

clean: ## Remove what was built and installed; the data folder stays
	@rm -rf $(VENV) src/hark/ui/static web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Hark needs Python 3.11 or newer; name it by: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making the Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python cannot make environments here; on Debian: apt-get install python3-venv" >&2; exit 1; }

# A stamp per lock file: installing is left out until the lock changes.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "installing what Hark needs (requirements/run.txt)"
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements/run.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@echo "installing what the tests need (requirements/test.txt)"
	@$(BIN)/python -m pip install -qq --require-hashes --requirement requirements/test.txt
	@touch $@
