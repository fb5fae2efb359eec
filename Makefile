# `make run` and `make test` do all their own set-up; the second time it takes seconds.
PYTHON := .venv/bin/python
BUILT_FROM := pyproject.toml hatch_build.py $(wildcard runner/sandbox/init/*) runner/__init__.py scripts/setup

.PHONY: run test check fuzz bench format clean

run: .venv/.run  ## the examples end to end: a table, and junit.xml
	scripts/engine
	images/ensure --set classic --set extra
	$(PYTHON) -m runner examples/manifest.yml --junit junit.xml

test: check  ## the whole suite, against a real engine
	scripts/engine
	images/ensure
	scripts/fuzz 10
	$(PYTHON) -m pytest -n 2 --dist loadfile

check: .venv/.test  ## lint, types, layers: what CI runs first
	scripts/check

fuzz: .venv/.test  ## what reads foreign bytes, for ten minutes
	scripts/fuzz 600

bench: .venv/.run  ## this project against a container for each snippet
	scripts/engine
	images/ensure --set classic
	$(PYTHON) benchmarks/throughput.py

format: .venv/.test  ## bring the code into form
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format --quiet .

clean:
	rm -rf .venv build dist junit.xml runner/sandbox/bin

.venv/.run: $(BUILT_FROM)
	scripts/setup .

.venv/.test: $(BUILT_FROM)
	scripts/setup '.[dev]'
