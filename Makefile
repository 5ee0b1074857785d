# `make` alone lists what there is. Quick the second time: what is done leaves a stamp in .venv.
.POSIX:

PYTHON = python3
BIN = .venv/bin
CODE = elearn tests migrations scripts

help:
	@echo 'make demo     try it: a fresh demonstration at http://127.0.0.1:8000'
	@echo 'make test     every test, on SQLite and on PostgreSQL where one answers'
	@echo 'make check    format, lint, types, import contracts'
	@echo 'make format   put the code in its format'

demo: .venv/stamp
	$(BIN)/elearn demo

test: .venv/stamp
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: .venv/stamp
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/stamp
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

.venv/stamp: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -e '.[dev]'
	@touch .venv/stamp

.PHONY: help demo test check format
