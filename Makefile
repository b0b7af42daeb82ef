# make run LIBRARY=~/Music   genres for a folder of music, on a fresh machine
# make test                  the whole test suite, on a fresh machine
# make check                 what CI runs besides the tests
# make audit                 known vulnerabilities of what is installed, and a look for our own; needs the network
# make bench                 the figures of docs/performance.md, on a quiet machine
# make docs                  write docs/reference/ anew from the code
# make lock                  write deploy/locks/ anew: what the images install

VENV ?= .venv
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
# one more than cores: tests with services mostly wait for them. In the order of the folders, acceptance
# first: xdist would begin with the files of most tests and end with the one long test of a topology
TEST_PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

.PHONY: run test check audit bench format docs lock clean

run: $(VENV)/.installed
	@test -n "$(LIBRARY)" || { echo 'make run needs a folder: make run LIBRARY=~/Music'; exit 2; }
	@$(BIN)/musicai enqueue "$(LIBRARY)" --wait

# threads below the processes of the tests would fight over the same cores, and double what they cost
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
test: $(VENV)/.installed-dev
	$(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive musicai worker scheduler migrations
	$(BIN)/python docs/generate.py --check

audit: $(VENV)/.installed-dev
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive musicai worker scheduler migrations
	@for lock in deploy/locks/*.txt; do \
		$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off --requirement $$lock || { \
			echo "audit: $$lock is not clean, or the service of known vulnerabilities (see above)"; \
			echo "audit: could not be asked; in that case nothing is known about any package of it"; \
			exit 1; }; \
	done

bench: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m benchmarks.run_all

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py

lock: $(VENV)/.installed-dev
	$(BIN)/python deploy/lock.py

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo 'MusicAI needs Python 3.11 or newer on the PATH'; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed
