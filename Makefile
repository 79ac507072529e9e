# Needs python3 (3.11 or newer) and a package index; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: serve test check lock clean

# The service with the shipped classifier on http://127.0.0.1:3000
serve: $(VENV)/.serve
	$(BIN)/kamervraag serve --port 3000

test: $(VENV)/.dev
	$(BIN)/pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kamervraag --help > /dev/null

$(BIN)/pip:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) --editable '.[batch]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(INSTALL) --upgrade pip
	$(INSTALL) --editable '.[train]' --group dev
	touch $@ $(VENV)/.serve

clean:
	rm -rf $(VENV)
