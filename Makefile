# One environment in .venv, made from the lock, for everything. Recipes call `.venv/bin/python -m …`: scripts of an environment name
# their interpreter in the first line, which breaks in folders with long names, blanks or after a move.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

# Where this file is. MAKEFILE_LIST is one text here, not a list: the path may hold blanks, quotes and Hangul.
quoted = '$(subst ','\'',$(1))'
export SCREENER_ROOT := $(shell cd "$$(dirname -- "$$(printf '%s' $(call quoted,$(value MAKEFILE_LIST)) | sed 's/^ *//')")" && pwd -P)
export SCREENER_CALLED_IN := $(CURDIR)
python := .venv/bin/python
enter = set -eu; cd -- "$$SCREENER_ROOT"

.PHONY: help setup screen test fuzz lint style format bench bench-setup wheel docs lock clean

help:  ## What can be made
	@$(enter); sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

setup:  ## Make or renew the environment in .venv (only when the lock has changed)
	@$(enter); .ci/setup requirements.lock

screen: setup  ## Screen the sample portfolio (another: make screen FILE=… ARGS="--format json")
	@$(enter); file="$${FILE:-datasets/sample/portfolio.csv}"; case "$$file" in /*) ;; *) [ -z "$${FILE:-}" ] || file="$$SCREENER_CALLED_IN/$$file" ;; esac; \
	export SCREENER_STORE="$${SCREENER_STORE:-build/store.duckdb}"; exec $(python) -m screener screen "$$file" $(ARGS)

test: style  ## Lint, types and all tests
	@$(enter); $(python) -m mypy & types=$$!; $(python) -m pytest -n auto --dist loadfile --no-loadscope-reorder -q $(ARGS) || tests=failed; \
	wait $$types && [ -z "$${tests:-}" ]

fuzz: setup  ## Try 10,000 made-up holdings, delivery and review files (N=1000 for fewer)
	@$(enter); SCREENER_FUZZ=$${N:-10200} $(python) -m pytest -q -n auto tests/portfolio/test_nothing_is_lost.py

lint: style  ## Lint, format and types
	@$(enter); $(python) -m mypy

style: setup
	@$(enter); $(python) -m ruff check .; $(python) -m ruff format --check --quiet . || { echo "some files are not formatted: make format" >&2; exit 1; }

format: setup  ## Format all Python files
	@$(enter); $(python) -m ruff check --fix .; $(python) -m ruff format .

bench-setup: setup
	@$(enter); .ci/setup requirements.lock requirements-bench.lock; case "$(ONLY)" in ""|names*) .ci/setup --optional requirements.lock requirements-bench.lock requirements-bench-names.lock ;; esac

bench: bench-setup  ## Run the benchmarks (one: make bench ONLY=name); one JSON line a figure
	@$(enter); exec $(python) -m tests.bench $(ONLY)

wheel: setup  ## Build the wheel and the source archive into dist/
	@$(enter); $(python) -m build --no-isolation --outdir dist . >&2; ls dist

docs: setup  ## Write docs/cli.md, the JSON Schema and the report in the README anew
	@$(enter); $(python) docs/cli_reference.py; $(python) docs/report_schema.py; $(python) docs/readme_report.py

examples: setup  ## Write reports/examples/ anew: one example of every output
	@$(enter); export SCREENER_STORE="$${SCREENER_STORE:-build/store.duckdb}"; exec $(python) docs/report_examples.py

lock: setup  ## Resolve the dependencies anew
	@$(enter); .ci/lock

clean:  ## Remove the environment and everything built
	@$(enter); rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
