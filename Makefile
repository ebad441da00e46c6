# Python 3.11 or newer with venv, and make, are all that is needed. `make demo` and `make test` are where to start.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
  "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$name"; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest
PORT ?= 8321
ONLY ?=
CASES ?=

.PHONY: help demo test suite fast test-all lint types layers conformance bench shots fix docs lock wheel clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then echo "No Python 3.11 or newer with venv was found. Name one: make PYTHON=/path/to/python3.11 …" >&2; exit 1; fi
	@echo "Setting up .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv .venv

.venv/run.stamp: .venv/bin/python requirements.lock pyproject.toml
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@# An installed package comes with its bytecode; so does ours, that a first question starts as quickly as the next.
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

.venv/all.stamp: .venv/dev.stamp requirements-all.lock
	@$(PIP) --require-hashes -r requirements-all.lock
	@touch $@

.PHONY: ready ready-dev ready-all
ready: .venv/run.stamp
ready-dev: .venv/dev.stamp
ready-all: .venv/all.stamp ## Everything installed, chdb too

acme/.truenorth/built.stamp: .venv/run.stamp $(shell find examples/acme src/truenorth/demo -name '*.yml' -o -name '*.py')
	@$(BIN)/truenorth demo acme >/dev/null
	@touch $@

demo: acme/.truenorth/built.stamp ## Build the example company in ./acme and serve it
	@$(BIN)/truenorth serve -w acme --port $(PORT)

lint: ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: run 'make fix'." >&2; exit 1; }
	@$(BIN)/codespell src docs examples scripts bench conformance *.md Makefile

types: ready-dev
	@$(BIN)/mypy

layers: ready-dev
	@$(BIN)/lint-imports --no-logo --show-timings >/dev/null || $(BIN)/lint-imports

test: lint types layers suite ## Everything but the slow suites

# Over the cores there are; whoever is done first takes over tests of another, modules stay together as far as may be.
SPREAD = -n auto --maxprocesses=4 --dist worksteal
suite: ready-dev
	@mkdir -p artefacts
	@$(PYTEST) $(SPREAD) --junitxml=artefacts/tests.xml

# Rooms whose tests mostly wait for files and processes.
SLOWER = collect demo serve
fast: ready-dev ## The quick checks, in less than a minute
	@$(BIN)/ruff check .
	@$(PYTEST) -q -m "not slow and not browser" $(SLOWER:%=--ignore=tests/unit/%) tests/architecture tests/unit

test-all: lint types layers ## The slow suites too
	@$(PYTEST) $(SPREAD) -m ""

conformance: ready-dev ## Ask the cases that others wrote: make conformance [CASES=DIR]
	@$(BIN)/python -m conformance.run $(CASES)

bench: ready-dev ## Measure ourselves beside others: make bench [ONLY=engine]
	@$(BIN)/python -m bench.run $(ONLY)

shots: ready-dev ## Screenshots into ./artefacts, and the README's picture
	@$(BIN)/python -m scripts.shots --readme

docs: ready-dev ## Write the generated reference anew
	@$(BIN)/python -m scripts.reference

fix: ready-dev ## Format and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

LOCK = $(BIN)/python -m piptools compile --quiet --generate-hashes --no-emit-index-url --no-emit-trusted-host \
  --no-emit-find-links --no-header --no-annotate --strip-extras --allow-unsafe
lock: ready-dev ## Write the locks anew
	@$(PIP) pip-tools
	@$(LOCK) --extra postgres --extra mysql -o requirements.lock pyproject.toml requirements.in
	@$(LOCK) --extra dev --extra postgres --extra mysql -c requirements.lock -o requirements-dev.lock pyproject.toml requirements.in
	@$(LOCK) --extra dev --extra postgres --extra mysql --extra clickhouse -c requirements-dev.lock -o requirements-all.lock pyproject.toml requirements.in

wheel: ready-dev ## A wheel in ./dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null && ls dist

clean: ## Remove what was made, but not .venv
	@rm -rf acme artefacts dist .mypy_cache .ruff_cache .pytest_cache bench/.data
