# Needs python3 (3.11 or newer) and a package index; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

BENCH_ROWS ?= 1000000

.PHONY: serve test notebooks fuzz bench bench-load bench-batch bench-full-size check api-check api-lint bento lock clean

# The service with the shipped classifier on http://127.0.0.1:3000
serve: $(VENV)/.serve
	$(BIN)/kamervraag serve --port 3000

test: $(VENV)/.dev
	$(BIN)/pytest

# Every notebook from top to bottom, on small data and in a home of its own
notebooks: $(VENV)/.dev
	home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && export KAMERVRAAG_HOME="$$home" && \
	notebook() { $(BIN)/papermill --no-progress-bar --cwd training/notebooks \
	  "training/notebooks/$$1.ipynb" "$$home/$$1.ipynb" --parameters_yaml "$$2"; } && \
	awk 'NR % 20 == 0' data/corpus/train.jsonl > "$$home/agreed.jsonl" && \
	notebook retrain "{data: [../../data/corpus/heldout.jsonl], agreed: [$$home/agreed.jsonl], settings: {epochs: 0.5}}" && \
	notebook errors "{learnt: [../../data/corpus/heldout.jsonl], to_label: $$home/to-label.csv}" && \
	notebook own-labels '{settings: {epochs: 0.25}}'

# 2,000 mutated files of every format against the readers
fuzz: $(VENV)/.dev
	$(BIN)/pytest tests/data/test_fuzz.py --hypothesis-profile fuzz

# Memory and speed of batch scoring, and 30 kills of one run; make bench-batch BENCH_ROWS=60000 takes minutes
bench-batch: $(VENV)/.dev
	$(BIN)/python -m benchmarks.batch --rows $(BENCH_ROWS)
	$(BIN)/pytest tests/serving/batch/test_kill.py --kills 30 --rows 20000

# Speed beside the transformers pipeline, PyTorch and onnxruntime; tables, JSON and pictures in bench.work.
# ARGS="--threads 1 --quick" suits a machine with other work
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.bench $(ARGS)

# The recipe at RobBERT's size with random weights: trains, is killed, goes on, serves
bench-full-size: $(VENV)/.dev
	$(BIN)/python -m benchmarks.full_size

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The service under load: failures, waits, memory
bench-load: $(VENV)/.dev
	$(BIN)/python -m benchmarks.load

# The running service against its specification: generated requests, good and bad
EXAMPLES ?= 1500
api-check: $(VENV)/.dev
	$(BIN)/kamervraag serve --port 3999 2> /dev/null & trap "kill $$!" EXIT; \
	$(BIN)/schemathesis run http://127.0.0.1:3999/v1/openapi.json --wait-for-schema 60 --max-examples $(EXAMPLES)

# The specification against the linter of the NLGov REST API Design Rules; needs node and the internet
ADR := https://gitdocumentatie.logius.nl/publicatie/api/adr/2.2.0/media/linter.yaml
api-lint: $(VENV)/.dev
	$(BIN)/kamervraag serve --port 3999 2> /dev/null & trap "kill $$!" EXIT; \
	curl --silent --retry 60 --retry-delay 1 --retry-connrefused localhost:3999/readyz && \
	npx --yes @stoplight/spectral-cli@6 lint --ruleset $(ADR) http://127.0.0.1:3999/v1/openapi.json

# The service as a bento, in BentoML's store
bento: $(VENV)/.dev
	BENTOML_DO_NOT_TRACK=True $(BIN)/bentoml build

# Pins the newest versions that pyproject.toml allows: first the service's, then everything
lock:
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet .
	{ echo "# The packages of the service, for the bento. Made by make lock."; \
	  $(BIN)/pip freeze --exclude kamervraag; } > serving/requirements.txt
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --editable '.[ingest,ray,train]' --group dev
	{ echo "# Every package of all extras and of the group dev. Made by make lock."; \
	  $(BIN)/pip freeze --exclude-editable | sed 's/+cpu$$//'; } > constraints.txt

clean:
	rm -rf $(VENV)

$(BIN)/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) --editable .
	touch $@

# --group needs pip 25.1
$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --editable '.[ingest,ray,train]' --group dev
	touch $@ $(VENV)/.serve
