# make demo          publish and send the example site, without a server or an account
# make test          install what the tests need, run linters and all tests
# make test-fast     run the tests that need no browser, PostgreSQL or other programs
# make kill          kill the sending process some hundreds of times, at every step of SMTP
# make simulate      run 10,000 simulations of delivery; SEEDS=200 runs fewer
# make coverage      run all tests and list lines that none of them ran
# make test-newest   run all tests with the newest version of every dependency
# make build         write the wheel, the source archive and the SBOM to dist/
# make docs          build the documentation into site/
# make lock          write the newest versions that pyproject.toml allows to constraints/
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test test-fast kill coverage test-newest build sbom lock programs lint format docs bench clean

help:
	@sed -n 's/^# \(make \)/\1/p' Makefile

# uv if it is installed, otherwise pip. Both compare every file with the hashes in constraints/.
UV := $(shell command -v uv)
INSTALL = $(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q --use-pep517)
LOCKED = $(INSTALL) --require-hashes --no-build-isolation --no-deps

# Debian and Ubuntu package venv separately: root installs it, other users get a hint.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "syndicate needs Python 3.11 or newer: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(PYTHON) -m virtualenv -q $(VENV) 2>/dev/null; } \
	|| { rm -rf $(VENV); uv venv -q --seed -p $(PYTHON) $(VENV) 2>/dev/null; } \
	|| { rm -rf $(VENV); [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	     apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null \
	     && $(PYTHON) -m venv $(VENV); } \
	|| { rm -rf $(VENV); echo "cannot create a virtual environment: apt install python3-venv" >&2; exit 2; }

# Build tools first: feedgen has no wheel, and an isolated build would download packages without comparing hashes.
$(VENV)/.build: $(BIN)/python constraints/build.txt
	@$(LOCKED) -r constraints/build.txt
	@touch $@

$(VENV)/.base: $(VENV)/.build pyproject.toml constraints/runtime.txt
	@echo "installing syndicate into $(VENV)"
	@$(LOCKED) -r constraints/runtime.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check -q
	@touch $@

$(VENV)/.dev: $(VENV)/.build pyproject.toml constraints/all.txt
	@echo "installing syndicate and its test dependencies into $(VENV)"
	@$(LOCKED) -r constraints/all.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check -q
	@touch $@ $(VENV)/.base

demo: $(VENV)/.base
	@rm -rf demo && cp -r examples/harbour demo
	@cd demo && for step in "ingest" "publish" "subscribers import subscribers.csv" "compose weekly" "send weekly"; do \
	  echo "\$$ syndicate $$step"; ../$(BIN)/syndicate $$step || exit 1; echo; done
	@echo "Feeds: demo/public/main.rss, main.atom, main.json, and one for each tag in demo/public/tag/"
	@echo "Pages: demo/public/main.html, one next to each feed. All feeds: demo/public/feeds.opml"
	@echo "Mails: demo/outbox, a Maildir. Open it with: mutt -f demo/outbox"
	@echo "Next:  cd demo; ../$(BIN)/syndicate status; edit a post and publish again; ../$(BIN)/syndicate run"

# Programs that tests use and that are not Python packages. Root installs them; tests that miss one name it.
PROGRAMS := newsboat rss2email nginx chromium default-jre-headless libatomic1 zsh fish \
  postfix opendkim opendkim-tools dovecot-imapd dovecot-lmtpd rspamd

programs:
	@PATH="$$PATH:/usr/sbin"; have=yes; \
	for name in newsboat r2e nginx chromium java zsh fish postfix opendkim dovecot rspamd; do command -v $$name >/dev/null || have=no; done; \
	ldconfig -p | grep -q libatomic.so.1 || have=no; \
	[ $$have = yes ] \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing $(PROGRAMS)" && apt-get update -qq && \
	     RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PROGRAMS) >/dev/null; } \
	|| echo "some tests will fail without these: apt-get install $(PROGRAMS)" >&2

# The Nu HTML checker; npm itself comes with the environment.
NPM = mkdir -p $(VENV)/npm && cp tests/npm/*.json $(VENV)/npm && \
  $(BIN)/npm ci --ignore-scripts --loglevel=error --no-audit --no-fund --prefix $(VENV)/npm

$(VENV)/.npm: $(VENV)/.dev tests/npm/package-lock.json
	@echo "installing the Nu HTML checker into $(VENV)"
	@$(NPM)
	@touch $@

PYTEST = $(BIN)/python -m pytest -n auto --dist worksteal

test: $(VENV)/.dev $(VENV)/.npm programs lint
	$(PYTEST)

coverage: $(VENV)/.dev $(VENV)/.npm programs
	$(PYTEST) --cov --cov-report=term

test-fast: $(VENV)/.dev
	$(PYTEST) -m "not slow"

# Each of SEEDS kills each of four series KILLS times.
kill: export KILLS ?= 25
kill: export SEEDS ?= 3
kill: $(VENV)/.dev programs
	$(BIN)/python -m pytest -s tests/real/kill

SEEDS ?= 10000

simulate: $(VENV)/.dev
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --jobs "$$(nproc 2>/dev/null || echo 2)"

test-newest: programs
	rm -rf .venv-newest
	@$(MAKE) --no-print-directory VENV=.venv-newest newest

.PHONY: newest
newest: $(VENV)/.build
	@echo "installing the newest versions that pyproject.toml allows into $(VENV)"
	@$(INSTALL) --upgrade -e '.[all]' --group dev --group bench
	@$(NPM)
	$(PYTEST)

build: $(VENV)/.dev sbom
	@$(BIN)/python -m hatchling build -d $(DIST)

# What an installation without extras consists of, as CycloneDX JSON.
DIST ?= dist
SBOM = $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type library --output-reproducible

sbom: $(VENV)/.dev
	@mkdir -p $(DIST)
	@$(SBOM) -o $(DIST)/syndicate_feeds.cdx.json constraints/runtime.txt

# One resolution for Python 3.11 and later on all systems. runtime.txt and build.txt are subsets of all.txt.
COMPILE = uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
  --custom-compile-command "make lock"

lock: $(BIN)/python
	@mkdir -p constraints
	@command -v uv >/dev/null || $(BIN)/python -m pip install -q uv
	@PATH="$$PATH:$(CURDIR)/$(BIN)"; \
	$(COMPILE) --upgrade --all-extras --group dev --group bench --group build -o constraints/all.txt && \
	$(COMPILE) -c constraints/all.txt -o constraints/runtime.txt && \
	$(COMPILE:pyproject.toml=) -c constraints/all.txt --group build -o constraints/build.txt

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev
	$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv .venv-newest demo site build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
