# `make run` and `make test` do all their own set-up; the second time it takes seconds.
PYTHON := .venv/bin/python
BUILT_FROM := pyproject.toml hatch_build.py $(wildcard runner/sandbox/init/*) runner/__init__.py scripts/setup

.PHONY: run test check fuzz soak podman bench format clean

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

soak: .venv/.test  ## hours of runs, signals at fifty moments each, an engine that hangs: nothing may differ, grow or be left
	scripts/engine
	images/ensure --set classic
	SOAK=1 RUNNER_END_ROUNDS=50 $(PYTHON) -m pytest -q $(addprefix tests/docker/test_,runner_end.py engine_faults.py hostile.py life.py sandbox_limits.py)
	$(PYTHON) tests/soak/soak.py

podman: .venv/.test  ## what a sandbox promises, on Podman's socket
	scripts/engine
	images/ensure
	scripts/podman

bench: .venv/.run  ## beside no isolation, docker run and what PyPI has: benchmarks/RESULTS.md; BENCH=--quick for a minute
	scripts/engine
	images/ensure --set classic
	$(PYTHON) -m benchmarks $(BENCH)

format: .venv/.test  ## bring the code into form
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format --quiet .

clean:
	rm -rf .venv build dist junit.xml runner/sandbox/bin

.venv/.run: $(BUILT_FROM)
	scripts/setup .

.venv/.test: $(BUILT_FROM)
	scripts/setup '.[dev]'
