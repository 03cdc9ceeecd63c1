# webtv: `make run` puts a station on air, `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run install models audiocraft test test-tools lint bench edits mutants soak reference pictures clean

help:
	@echo "make run      install and put the station on air (Ctrl-C ends it)"
	@echo "make install  install only"
	@echo "make models    install what the video and music models need (torch, diffusers, transformers)"
	@echo "make audiocraft  install audiocraft beside them, for the engine musicgen_audiocraft"
	@echo "make test     install what the tests need and run them all"
	@echo "make lint     ruff and mypy"
	@echo "make bench    all benchmarks; tables on the screen, JSON in bench/results"
	@echo "make reference  schema/ and the tables of docs/channels.md, anew from the code"
	@echo "make pictures  the pictures of the README and the docs, anew"
	@echo "make edits    200 edits by chance on a running station, while a browser watches"
	@echo "make mutants  break the planning on purpose, line by line, and count what the tests notice"
	@echo "make soak     an hour of accelerated air, with the daemon's memory"

run: $(VENV)/installed
	$(BIN)/webtv run

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

models: $(VENV)/installed
	$(BIN)/python -m pip install --editable '.[models]'

audiocraft: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --requirement audiocraft.txt
	$(BIN)/python -m pip install --quiet --no-deps audiocraft==1.3.0

$(VENV)/installed-dev: $(VENV)/installed tests/constraints.txt audiocraft.txt
	$(BIN)/python -m pip install --quiet --constraint tests/constraints.txt --editable '.[dev]'
	$(MAKE) --no-print-directory audiocraft
	@touch $@

test-tools: $(VENV)/installed-dev
	sh tests/tools.sh

# Many tests wait for real air: two files at a time take half as long.
test: test-tools
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: test-tools
	$(BIN)/python -m bench

edits: test-tools
	EDITS=200 LOAD_S=0 $(BIN)/python -m pytest --timeout 1800 -s tests/e2e/test_edits.py

mutants: test-tools
	$(BIN)/python -m pip install --quiet 'mutmut>=3.8,<4'
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

soak: test-tools
	$(BIN)/python -m bench soak

reference: $(VENV)/installed
	$(BIN)/webtv schema channel > schema/channel.schema.json
	$(BIN)/webtv schema station > schema/station.schema.json
	sed '/^<!-- What follows/q' docs/channels.md > docs/channels.md.new
	{ echo; $(BIN)/webtv explain --markdown; } >> docs/channels.md.new
	mv docs/channels.md.new docs/channels.md

pictures: test-tools
	$(BIN)/python -m bench.contact_sheet
	$(BIN)/python -m bench.pictures
	$(BIN)/python -m bench.dashboard

clean:
	rm -rf $(VENV) bench/results .mypy_cache .pytest_cache .ruff_cache
