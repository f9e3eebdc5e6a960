# Everything lives in .venv. `make test` on a fresh Debian needs python3, pip and make, nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python
INSTALL := $(PIP) install --quiet --disable-pip-version-check --root-user-action=ignore --no-compile

LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run demo test lint types layers bench docs lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

# A stamp a lock file: the environment is touched only when its lock changed.
$(VENV)/engine.stamp: requirements/engine.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements/engine.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m firebreak.engine.kernels
	@touch $@

$(VENV)/server.stamp: requirements/server.txt $(VENV)/engine.stamp
	$(INSTALL) --require-hashes -r requirements/server.txt
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/server.stamp
	$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/test.stamp
	bash benchmarks/system-packages
	$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@

run: $(VENV)/server.stamp ## start the server; the first start shows how to try it
	@exec $(BIN)/firebreak run $(ARGS)

demo: $(VENV)/engine.stamp ## no server: make two harmless clips, bank one, recognise its copy
	$(BIN)/python -m firebreak.faces.cli.demo

test: $(VENV)/test.stamp ## prepare what is missing, then run every test
	bash tests/system-packages
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(VENV)/test.stamp ## formatting, lint, and the four floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/test.stamp ## mypy, strict
	$(BIN)/mypy

bench: $(VENV)/bench.stamp ## measure beside the peers: all, or `make bench WHAT=search`
	bash benchmarks/run $(WHAT)

docs: $(VENV)/test.stamp ## check that the documentation says what the code does
	$(BIN)/python -m pytest -q tests/docs

lock: | $(BIN)/python ## resolve the locked dependencies anew
	$(INSTALL) uv
	$(LOCK) --group build -o requirements/engine.txt
	$(LOCK) --group build --extra server -o requirements/server.txt
	$(LOCK) --group build --extra server --group test -o requirements/test.txt
	$(LOCK) --group build --extra server --group test --group bench -o requirements/bench.txt

clean: ## remove the environment and everything made
	rm -rf $(VENV) .demo .cache dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
