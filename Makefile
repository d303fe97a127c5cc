# Each target builds the environment it needs; `make demo` and `make test` are all the set-up there is.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench model docs servers clean

demo: $(VENV)/.demo ## Scan an embedded S3 server with a seeded account
	$(BIN)/s3-classifier demo

test: $(VENV)/.dev servers ## Run every test (real servers included where they can be installed)
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/.dev ## Format, style, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## Speed, as ratios to a peer or a limit measured in the same run
	$(BIN)/python -m benchmarks

model: .venv-model/.complete ## Train the model of names anew (about 20 minutes of one core), and score it
	PYTHONHASHSEED=0 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv-model/bin/python -m models.recipe.train

.venv-model/.complete: models/requirements.txt models/base.txt
	$(PYTHON) -m venv .venv-model
	.venv-model/bin/pip install --quiet --requirement models/requirements.txt
	.venv-model/bin/pip install --quiet --no-deps --require-hashes --requirement models/base.txt
	@touch $@

docs: $(VENV)/.dev ## Write the pages that are made from the program
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/examples.py

servers: ## The Debian packages of the Ceph object gateway, for the tests (where apt-get can be used)
	@sh tests/servers/install.sh

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "installing python3-venv, which this Python lacks"; \
	  SUDO=; [ "$$(id -u)" = 0 ] || SUDO=sudo; \
	  $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.demo

clean:
	rm -rf $(VENV) .venv-model dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
