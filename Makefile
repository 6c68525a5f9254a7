# make demo   the main job on the records in examples/, with no server and no account
# make test   everything that the tests need, and the tests
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test programs lint format docs bench clean

help:
	@sed -n 's/^# //p' Makefile

# Debian and Ubuntu ship venv apart from Python; root can add it, others are told.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "syndicate needs Python 3.11 or newer; say where it is: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; $(PYTHON) -m virtualenv -q .venv 2>/dev/null; } \
	|| { rm -rf .venv; uv venv -q --seed -p $(PYTHON) .venv 2>/dev/null; } \
	|| { rm -rf .venv; [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	     apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null \
	     && $(PYTHON) -m venv .venv; } \
	|| { rm -rf .venv; echo "no virtual environment could be made: apt install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install -q --upgrade pip

.venv/.base: .venv/bin/python pyproject.toml
	@echo "installing syndicate into .venv"
	@$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	@echo "installing syndicate and what its tests need into .venv"
	@$(BIN)/python -m pip install -q -e '.[all]' --group dev
	@touch $@ .venv/.base

demo: .venv/.base
	@rm -rf demo && cp -r examples/harbour demo
	@cd demo && for step in "ingest" "publish" "subscribers import subscribers.csv" "compose weekly" "send weekly"; do \
	  echo "\$$ syndicate $$step"; ../$(BIN)/syndicate $$step || exit 1; echo; done
	@echo "Feeds:   demo/public/main.rss, main.atom, main.json, and one a tag in demo/public/tag/"
	@echo "Pages:   demo/public/main.html beside each feed, for people; all feeds in demo/public/feeds.opml, for readers"
	@echo "Letters: demo/outbox, a Maildir: mutt -f demo/outbox, or copy demo/outbox/new/* into a mail program"
	@echo "Next:    cd demo; ../$(BIN)/syndicate status; edit a post and publish again; ../$(BIN)/syndicate run"

# What tests drive that is no Python package; root can add it, and tests that miss it say what to install.
PROGRAMS := newsboat rss2email nginx libnginx-mod-http-brotli-static chromium default-jre-headless libatomic1

programs:
	@PATH="$$PATH:/usr/sbin"; have=yes; \
	for name in newsboat r2e nginx chromium java; do command -v $$name >/dev/null || have=no; done; \
	ldconfig -p | grep -q libatomic.so.1 || have=no; \
	{ [ $$have = yes ] && [ -e /usr/lib/nginx/modules/ngx_http_brotli_static_module.so ]; } \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing $(PROGRAMS)" && apt-get update -qq && \
	     RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PROGRAMS) >/dev/null; } \
	|| echo "some tests will fail without these: apt-get install $(PROGRAMS)" >&2

# The Nu HTML checker; npm itself comes with the environment.
VNU := vnu-jar@26.9.27

.venv/.npm: .venv/.dev
	@echo "installing $(VNU) into .venv"
	@$(BIN)/npm install --ignore-scripts --loglevel=error --no-audit --no-fund --prefix .venv/npm $(VNU)
	@touch $@

test: .venv/.dev .venv/.npm programs lint
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.dev
	$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

docs: .venv/.dev
	$(BIN)/mkdocs build --strict

bench: .venv/.dev
	@$(BIN)/python -m pip install -q --group bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf .venv demo site build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
