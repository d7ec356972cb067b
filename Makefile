# `make demo` and `make test` need Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types format benchmark lock clean

## Build a sample shop and print its report.
demo: $(READY)
	@$(BIN)/utm-pipeline demo

## Run all tests, one process a core; the tests of a file share what they build.
test: $(READY)
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

## Check style of Python and SQL.
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	.ci/lint-sql

## Check types.
types: $(READY)
	$(BIN)/mypy

## Bring the code into shape.
format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## Measure what the README's figures come from.
benchmark: $(READY)
	$(BIN)/python benchmarks/refresh.py
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/serving.py

# Made anew when the locked versions or the description of the package change. The stamp is the last
# step, so a set-up that was broken off is done again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

## Pin the versions that requirements.lock holds, with their hashes.
lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --extra dev --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist target logs .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
