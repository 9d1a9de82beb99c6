# What to type: make run, make test, make lint. `make help` lists them all.
# PYTHON=python3.12 picks an interpreter; ARGS="--sample" goes to main.py, TESTS="-k split" to pytest.
# WORKERS=4 runs so many tests at a time (as many as there are processors).

PYTHON ?=
ARGS ?=
TESTS ?=
WORKERS ?= logical
BIN := .venv/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format mutants soak bench clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.* ## /make \1	/p' Makefile

setup: ## make .venv with all that Thaw needs, once for each pyproject.toml
	@sh tools/setup.sh '$(PYTHON)'

run: setup ## open Thaw
	@$(BIN)/python main.py $(ARGS)

test lint bench mutants: export QT_QPA_PLATFORM ?= offscreen
# A test has one processor, beside the others.
test mutants: export OMP_NUM_THREADS ?= 1
test: setup ## run every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

lint: setup ## check style, types and which package may import which
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: setup ## put the code into the one format
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

mutants: setup ## put faults into the code and see that a test fails at each
	@$(BIN)/python -m tools.mutants $(ARGS)

soak: setup ## kill trainings at random moments and compare what comes of them
	@$(BIN)/python -m tests.soak $(ARGS)

bench: setup ## measure the budgets
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv and what tools left
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
