# Two commands: `make demo` and `make test`. Both set everything up first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1

.PHONY: demo ui test check bench format clean help

help:
	@echo "make demo   one full rebalance of books/demo.yaml, with its cost report"
	@echo "make test   all tests"
	@echo "make check  format, lint, types, direction of imports, spelling"
	@echo "make ui     Prefect UI and deployments at http://127.0.0.1:4200"
	@echo "make bench  measurements, each as a ratio within one run"

$(READY): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable ".[alpaca,ibkr,dev]"
	@touch $@

demo: $(READY)
	@$(BIN)/steelyard run books/demo.yaml

ui: $(READY)
	@$(BIN)/steelyard ui

test: $(READY)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: $(READY)
	@$(BIN)/python -m pytest tests/bench -m bench -s

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build *.egg-info
