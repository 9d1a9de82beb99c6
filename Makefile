# What to type: make run, make test, make lint. `make help` lists them all.
# PYTHON=python3.12 picks an interpreter; ARGS="--sample" goes to main.py, TESTS="-k split" to pytest.

PYTHON ?=
ARGS ?=
TESTS ?=
BIN := .venv/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format soak bench clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.* ## /make \1	/p' Makefile

setup: ## make .venv with all that Thaw needs, once for each pyproject.toml
	@sh tools/setup.sh '$(PYTHON)'

run: setup ## open Thaw
	@$(BIN)/python main.py $(ARGS)

test lint bench: export QT_QPA_PLATFORM ?= offscreen
test: setup ## run every test
	@$(BIN)/python -m pytest $(TESTS)

lint: setup ## check style, types and which package may import which
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

format: setup ## put the code into the one format
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

soak: setup ## kill trainings at random moments and compare what comes of them
	@$(BIN)/python -m tests.soak $(ARGS)

bench: setup ## measure the budgets
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv and what tools left
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
