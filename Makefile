# One word per habit. Everything installs into .venv, at the versions in constraints.txt.

PYTHON ?= python3
BIN := .venv/bin
DATA ?= data

export HF_HUB_OFFLINE = 1
export TOKENIZERS_PARALLELISM = false

.PHONY: demo test test-slow lint bench clean

demo: .venv/installed        ## train, certify and use the `refusals` gate, offline
	$(BIN)/gatewright check constitution/library/refusals.md
	$(BIN)/gatewright run refusals --out runs/refusals --examples 1300 --upper-layers 2 \
		--epochs 6 --miss-budget .2
	$(BIN)/gatewright filter runs/refusals demo/responses.jsonl runs/refusals/filtered --overwrite

test: .venv/installed        ## the whole suite, without the slow part
	$(BIN)/python -m pytest

test-slow: .venv/installed   ## what takes minutes: kill sweeps, two processes, full runs
	$(BIN)/python -m pytest -m slow

lint: .venv/installed        ## style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed       ## measure on public sets: make bench DATA=folder
	$(BIN)/python -m benchmarks --data $(DATA)

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[embedded,dev]'
	touch $@

clean:                       ## remove what the targets made
	rm -rf .venv build dist runs *.egg-info src/*.egg-info .pytest_cache .mypy_cache .ruff_cache
