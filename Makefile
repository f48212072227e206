# Two commands: `make demo` and `make test`. Both set everything up first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
IB_ASYNC := .venv-ib-async
IB_ASYNC_READY := $(IB_ASYNC)/.ready
# What the adapter, its venue and their tests import; the rest of the project is not needed to meet the other library.
IB_ASYNC_NEEDS := ib_async alpaca-py exchange-calendars pandas pydantic pytest pytest-timeout pytest-xdist hypothesis
# A file or a part of one (tests/parts.py) at a time, in the order of tests/conftest.py: many tests wait for a process, so one more than there are cores.
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile --no-loadscope-reorder
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1

.PHONY: demo ui test test-ib-async check bench soak format clean help prove

help:
	@echo "make demo   one full rebalance of books/demo.yaml, with its cost report"
	@echo "make test   all tests; make test-ib-async only those that meet the other library for Interactive Brokers"
	@echo "make check  format, lint, types, direction of imports, spelling"
	@echo "make ui     Prefect UI, a worker and deployments at http://127.0.0.1:4200, in the background: steelyard up"
	@echo "make bench  measurements, each as a ratio within one run"
	@echo "make prove  the simulation with every point, 2,000 worlds and 500 on PostgreSQL, new examples: an hour"
	@echo "make soak   random worlds until one breaks a law; SEEDS=100000 for a night, START=N goes on"

# Compiled once, here: a machine that is told not to keep bytecode would compile 2,000 modules at every start.
$(READY): constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable ".[alpaca,ibkr,dev]"
	@touch $@

# ib_async and ib_insync overwrite each other's `eventkit`: the second library has an environment of its own.
$(IB_ASYNC_READY): constraints-ib-async.txt Makefile $(READY)
	@test -x $(IB_ASYNC)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(IB_ASYNC)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(IB_ASYNC)/bin/python --constraint constraints-ib-async.txt $(IB_ASYNC_NEEDS)
	@touch $@

demo: $(READY)
	@$(BIN)/steelyard run books/demo.yaml

ui: $(READY)
	@$(BIN)/steelyard up

test: $(READY)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)
	@$(MAKE) --no-print-directory test-ib-async

test-ib-async: $(IB_ASYNC_READY)
	@$(IB_ASYNC)/bin/python -m pytest tests/contract/test_contract_*.py tests/contract/ibkr -k ibkr $(SIDE_BY_SIDE)

check: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/codespell

bench: $(READY)
	@$(BIN)/python -m pytest tests/bench -m bench -s

SEEDS ?= 10000
START ?= 0
prove: $(READY)
	@STEELYARD_PROOF=whole $(BIN)/python -m pytest tests/simulation $(SIDE_BY_SIDE)
	@$(BIN)/python -m pytest tests/unit tests/contract --hypothesis-profile=search $(SIDE_BY_SIDE)

soak: $(READY)
	@$(BIN)/python -m tests.simulation.soak --seeds $(SEEDS) --start $(START)

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(IB_ASYNC) build *.egg-info
