# Kiosk: `make demo` to see it, `make test` to trust it. Everything sets itself up: scripts/setup.

PYTHON ?= python3
VENV   ?= .venv
# Of the demo, the tests and so on, as in: make test ARGS='tests/core -k replay'
ARGS   ?=
# What `make bench` runs: all but the soak, or some by name.
BENCHMARKS ?=
# Tests mostly wait: for sound, for lines, for processes. Neighbours stay together, and share what a
# file starts, until a process has no tests left and takes some of another's.
PARALLEL := -n 4 --dist worksteal
# The whole suite also measures branches; of some tests there is nothing to say (pyproject.toml).
COVER := $(if $(ARGS),,--cov --cov-report=term)
export PYTHON VENV
# Container images like to set it. The tests start hundreds of processes, and the daemon, for one, takes
# four times the processor to start where all that it imports has to be compiled.
unexport PYTHONDONTWRITEBYTECODE

RUN := $(VENV)/bin/python

.PHONY: help demo test test-core test-all test-long test-systemd bench lint measures format install uninstall clean \
	setup-demo setup-test rewrite long-soak long-faults long-core

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: setup-demo ## the main job on this machine, with whatever it has: a visitor asks, the kiosk answers
	@$(RUN) -m kiosk demo $(ARGS)

test: setup-test ## linters, types, import contracts and tests
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint rewrite
	@echo '== pytest'
	@$(RUN) -m pytest $(PARALLEL) $(COVER) $(ARGS)

test-core: setup-test ## the core's tests in seconds, without those that play its model (`make test` has them)
	@$(RUN) -m pytest tests/core -q -m 'not stories and not long' $(ARGS)

lint: setup-test ## everything of `make test` that runs no test
	@echo '== ruff'
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@echo '== mypy'
	@$(RUN) -m mypy
	@echo '== import contracts'
	@$(VENV)/bin/lint-imports --no-logo
	@echo '== measures'
	@$(RUN) scripts/measures --check

# pytest rewrites each assertion of a new clone: once here, on the processor that the linters leave, and
# not in each of its processes. What is wrong with a test is said by `make test`.
rewrite: setup-test
	@$(RUN) -m pytest -q --collect-only $(ARGS) >/dev/null 2>&1 || true

format: setup-test ## lays the code out, and mends what ruff can
	@$(RUN) -m ruff check --fix-only .
	@$(RUN) -m ruff format .

test-all: ## `make test` with Python 3.11 and 3.13, here or in a Debian 13 root
	@scripts/test-all

# The soaks and the faults on whole kiosks mostly wait, and the core knows no real time: beside each
# other, with the half hour as the bound. What is timed runs alone after it.
BESIDE := soak faults core
LONG   := $(RUN) -m pytest -m long --timeout 2700
test-long: setup-test ## the tests that take minutes: about fifty; some need Xorg with its dummy driver, and say so
	@$(MAKE) --no-print-directory --jobs --output-sync=target $(BESIDE:%=long-%)
	@$(LONG) --ignore tests/test_soak.py --ignore tests/faults --ignore tests/core

long-soak:
	@$(LONG) -n 2 tests/test_soak.py
long-faults:
	@$(LONG) -n 4 --dist worksteal tests/faults
long-core:
	@$(LONG) tests/core

measures: setup-test ## what the code weighs and how it is kept: lines, names, circles, reach-ins, words
	@$(RUN) scripts/measures $(ARGS)

test-systemd: setup-test ## the installed service under a real systemd, in a Debian 13 container (needs root); GPIO=1: also in a VM with a GPIO chip
	@scripts/in-debian-root make install GPIO=1
	@$(RUN) -m pytest -m container --timeout 600 $(ARGS)
ifeq ($(GPIO),1)
	@scripts/vm-image
	@$(RUN) -m pytest -m vm --timeout 1800 $(ARGS)
endif

bench: setup-test ## the figures of docs/performance.md; of one alone: make bench BENCHMARKS=sound
	@$(RUN) -m benchmarks $(BENCHMARKS) $(ARGS)

# An interpreter that the service can run, unlike one in a home directory.
install: PYTHON = /usr/bin/python3
install: ## the service on this board (needs root): see docs/install.md
	@scripts/install

uninstall: ## takes away what `make install` brought; PURGE=1 also the configuration
	@scripts/uninstall

clean: ## everything that was made here, the virtual environments included
	rm -rf .venv .venv-* build dist *.egg-info demo-out* .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

setup-demo setup-test:
	@scripts/setup $(@:setup-%=%)
