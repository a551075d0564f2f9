# Everything a person or a machine does with this project. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.8
READY := .venv/ready
WITHOUT_SERVERS := tests/unit tests/properties tests/snapshots tests/architecture tests/gold

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick test-servers check format lint types imports test-fast fuzz bench bench-telemetry bench-peers \
  bench-slow bench-latency bench-letters bench-memory bench-knowledge bench-history invariants chaos schemas docs lock clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with everything, as locked

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found: make setup PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --require-hashes -r requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --editable .
	$(BIN)/python -m compileall -q -j 0 .venv/lib schemas agents pipeline || true # halves what every start costs
	@touch $(READY)

demo: setup ## show the whole thing at work on this machine: real Kafka, real Git, under a minute
	rm -rf demo-out
	$(BIN)/nephoran demo --out demo-out

test: test-quick test-servers ## run all tests, on real servers

test-quick: setup ## every test that needs no server, side by side
	$(BIN)/pytest -q -n auto --dist loadfile $(WITHOUT_SERVERS)

test-servers: setup ## every test on real servers; those that kill them have the machine to themselves
	$(BIN)/pytest -n 2 --dist loadfile $(addprefix --ignore=,$(WITHOUT_SERVERS) tests/chaos)
	$(BIN)/pytest tests/chaos

check: setup ## what to run before every commit; about a minute
	@$(MAKE) --no-print-directory --jobs 2 --output-sync format lint imports types loads
	@$(MAKE) --no-print-directory test-fast

format: setup ## check the formatting
	$(BIN)/ruff format --check .

lint: setup ## check the style
	$(BIN)/ruff check .

types: setup ## check the types
	$(BIN)/mypy

imports: setup ## check that imports point one way
	$(BIN)/lint-imports

.PHONY: loads
loads: setup ## check that every test loads, those that need servers too
	@broken=$$($(BIN)/pytest -qq --collect-only -p no:syrupy tests 2>&1) || { echo "$$broken" | tail -30; exit 1; }

test-fast: setup ## the tests that need no server and end at once
	$(BIN)/pytest -q -n auto --dist loadfile -m "not slow" $(WITHOUT_SERVERS)

fuzz: setup ## half a million requests with something put in, 100,000 at random: nothing lost, nothing invented
	$(BIN)/python -m tests.fuzz.marked --runs 500000
	$(BIN)/python -m tests.fuzz.requests --runs 100000
	$(BIN)/python -m tests.fuzz.records --runs 100000

bench: setup ## intents per second and latency through the four stages; writes docs/measurements.md
	$(BIN)/python -m tests.bench.end_to_end

bench-telemetry: setup ## what metrics and traces cost an event; writes docs/measurements.md
	$(BIN)/python -m tests.bench.telemetry

schemas: setup ## renew schemas/json/ from the bodies and what commands print; refuses what is not additive
	$(BIN)/python -m schemas.json_schemas
	$(BIN)/python -m pipeline.cli.json_shapes

docs: setup ## renew the pages that are made from the code
	$(BIN)/python -m pipeline.telemetry.metrics_page > docs/metrics.md
	$(BIN)/python -m pipeline.operations.described_settings > docs/settings.md

bench-peers: setup ## our engines beside other libraries, one hop on one core; writes docs/measurements.md
	$(BIN)/python -m tests.bench.peers

bench-slow: setup ## a stage of 50 ms, and one stuck event beside others; writes docs/measurements.md
	$(BIN)/python -m tests.bench.slow

bench-latency: setup ## four no-op stages end to end at a steady rate; writes docs/measurements.md
	$(BIN)/python -m tests.bench.latency

bench-letters: setup ## a million dead letters: stats, list and replay; writes docs/measurements.md
	$(BIN)/python -m tests.bench.letters --page

bench-knowledge: setup ## searches among 10,000 documents, embedded and on Weaviate; writes docs/measurements.md
	$(BIN)/python -m tests.bench.knowledge

bench-memory: setup ## memory behind a million waiting records, a quarter of an hour; writes docs/measurements.md
	$(BIN)/python -m tests.bench.memory

bench-history: setup ## start, memory and answers behind a million statuses; writes docs/measurements.md
	$(BIN)/python -m tests.bench.history
	$(BIN)/python -m tests.bench.ledger_history

invariants: setup ## a million random schedules for the lanes and offsets, about ten minutes
	$(BIN)/python -m tests.properties.lane_schedules --schedules 1000000

chaos: setup ## 500 histories of killed workers against a model, then workers and brokers killed under traffic, 40 minutes
	$(BIN)/python -m tests.chaos.simulation --schedules 500
	$(BIN)/python -m tests.chaos --page

.PHONY: rules
rules: ## renew the Prometheus rules that sloth makes of deploy/slo
	deploy/slo/generate.sh

lock: setup ## bring requirements.lock up to pyproject.toml; UPGRADE=--upgrade takes the newest of everything
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --group dev --extra embeddings pyproject.toml -o requirements.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --extra embeddings -c requirements.lock pyproject.toml -o deploy/images/requirements.lock

clean: ## remove what was made here
	rm -rf .venv demo-out .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
