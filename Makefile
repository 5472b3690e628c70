# Everything a person or a machine does with this repository. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := .clients
BENCH := .bench
FUZZ := .fuzz
SHIP := .ship
SCAN := .scan
DOCS := .docs
ELEMENT := packages/mfa-portal
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
NPM_CI := npm ci --silent --ignore-scripts --no-audit --no-fund
# One more than there are cores: a test that waits for a process or a socket leaves its core free.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST ?= $(BIN)/python -m pytest

# Of changes to one account, by `make walk-account`.
WALKS ?= 60

# Minutes in a real browser, each: not for every run of the suite, and all of them before a change lands.
LONG_WALKS := $(addprefix tests/browser/test_,account_pages.py bulk_progress.py embed.py embed_element.py \
  embed_host.py every_page.py helpdesk_call.py helpdesk_day.py helpdesk_rooms.py keyboard.py languages.py looks.py \
  passkey_sign_in.py passkeys.py redirect_door.py tasks.py weight.py)

# Most of what it draws the walks pass as well: it is for who draws the pages anew.
EVERY_STATE := tests/browser/test_every_state.py

.DEFAULT_GOAL := help
.PHONY: help install demo demo-reset demo-embed test quick lint types contracts templates unit coverage mutation \
        test-sandbox fuzz-sandbox fuzz-api test-walks test-browser test-postgresql clients element bench bench-helpdesk bench-sandbox wheel test-wheel test-cluster test-backup released-migrations sbom lint-deploy api-documents screenshots \
        lock secrets clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: $(STAMP) locale/.compiled ## create .venv with the locked dependencies

$(STAMP): requirements/development.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; choose one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) requirements/development.txt
	@touch $@

locale/.compiled: $(wildcard locale/*/*/LC_MESSAGES/*.po) | $(STAMP)
	@$(BIN)/python locale/catalogues.py compile
	@touch $@

# The AWS CLI and moto each in an environment of their own: what they need is not what we need.
$(CLIENTS)/.installed: requirements/clients.txt | $(STAMP)
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python $(PIP_INSTALL) requirements/clients.txt
	@touch $@

$(BENCH)/.installed: requirements/bench.txt | $(STAMP)
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python $(PIP_INSTALL) requirements/bench.txt
	@touch $@

# What production installs and nothing beside it: the portal as it is measured.
$(BENCH)/portal/.installed: requirements/production.txt | $(BENCH)/.installed
	$(PYTHON) -m venv $(BENCH)/portal
	$(BENCH)/portal/bin/python $(PIP_INSTALL) requirements/production.txt
	@touch $@

$(FUZZ)/.installed: requirements/fuzz.txt | $(STAMP)
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python $(PIP_INSTALL) requirements/fuzz.txt
	@touch $@

$(SHIP)/.installed: requirements/ship.txt | $(STAMP)
	$(PYTHON) -m venv $(SHIP)
	$(SHIP)/bin/python $(PIP_INSTALL) requirements/ship.txt
	@touch $@

$(SCAN)/.installed: requirements/scan.txt | $(STAMP)
	$(PYTHON) -m venv $(SCAN)
	$(SCAN)/bin/python $(PIP_INSTALL) requirements/scan.txt
	@touch $@

$(DOCS)/.installed: requirements/docs.txt | $(STAMP)
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python $(PIP_INSTALL) requirements/docs.txt
	@touch $@

%/node_modules/.installed: %/package-lock.json
	cd $* && $(NPM_CI)
	@touch $@

demo: install ## start the portal on a local Cognito, with people to sign in as
	@$(BIN)/python deploy/demo.py

demo-reset: install ## the demo again, from the beginning
	@$(BIN)/python deploy/demo.py --reset

demo-embed: install ## the demo, and a small application with the portal inside its page
	@$(BIN)/python deploy/demo.py --embed

test: quick unit ## everything that needs no extra server

quick: lint types contracts templates ## the checks that take seconds

lint: install
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .

types: install
	$(BIN)/mypy --no-error-summary portal accounts sandbox deploy

contracts: install
	$(BIN)/lint-imports --no-logo

templates: install
	$(BIN)/djlint --lint --quiet templates

unit: install
	$(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(LONG_WALKS:%=--ignore=%) --ignore=$(EVERY_STATE)

# Being watched costs a test run a third of its time.
coverage: install ## which branches no test has walked; fails under 90 %; minutes
	$(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-branch --cov-report= \
	  tests/journeys tests/unit
	@$(BIN)/python tests/branch_coverage.py
	$(BIN)/coverage report

test-sandbox: install ## the sandbox alone
	$(PYTEST) tests/sandbox -n $(WORKERS)

mutation: install ## break planner, policy, guards, tickets and limits in hundreds of places; at least 85 % must be noticed; minutes
	$(BIN)/mutmut run
	$(BIN)/mutmut export-cicd-stats
	$(BIN)/python -m tests.mutation_score mutants/mutmut-cicd-stats.json

fuzz-sandbox: install ## 50,000 requests and long histories against the sandbox; minutes
	FUZZ_REQUESTS=50000 MODEL_WALKS=500 $(PYTEST) tests/sandbox/test_fuzz.py tests/sandbox/test_model.py

# To see that they run, not what they find: scale-simulation, fuzz-api and scan are handed OPTIONS, soak takes SECONDS,
# and what measures BENCH_SHARE=0.01, a hundredth of its rounds, people and rows. Each says in its words what it did.
.PHONY: soak walk-account
.PHONY: scale-simulation
scale-simulation: install ## the busiest hour of the largest pool and a mandate, with quotas on; writes docs/scale.md (needs PostgreSQL and Redis)
	$(BIN)/python -m tests.scale $(OPTIONS)

soak: install $(BENCH)/portal/.installed ## 50 requests a second for half an hour (SECONDS=60: a minute): quick answers, no errors, flat memory; writes docs/performance.md
	$(BIN)/python -m tests.bench.soak

walk-account: install ## long walks of changes, losses and ways back in on one account, and every cut of them; minutes
	ACCOUNT_WALK_EXAMPLES=$(WALKS) ACCOUNT_WALK_STEPS=25 CUTS=all \
	  $(PYTEST) tests/journeys/test_account_walk.py tests/journeys/test_cuts.py -n $(WORKERS)

fuzz-api: install $(FUZZ)/.installed ## thousands of requests from the OpenAPI document against a portal; minutes
	$(BIN)/python -m tests.fuzz_api --examples 150 $(OPTIONS)

.PHONY: scan
scan: install $(SCAN)/.installed $(FUZZ)/.installed ## bandit, pip-audit, wapiti, schemathesis, sqlmap and the table of headers against a portal; minutes
	$(BIN)/python -m tests.scan $(OPTIONS)

test-walks: install ## every page with axe, frames, passkeys, the helpdesk in a real browser; minutes
	REQUIRE_BROWSER=1 $(PYTEST) $(LONG_WALKS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: accessibility
accessibility: install ## the walks and every state of every page, and the statement that comes of them: writes docs/accessibility.md
	rm -rf .accessibility
	ACCESSIBILITY_RUN=$(CURDIR)/.accessibility REQUIRE_BROWSER=1 \
	  $(PYTEST) $(LONG_WALKS) $(EVERY_STATE) -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m tests.browser.conformance .accessibility

test-browser: install ## everything in a real browser, the long walks too; fails where there is none
	REQUIRE_BROWSER=1 $(PYTEST) tests/browser -n $(WORKERS)

.PHONY: test-engines
test-engines: install ## frames of two sites in Chromium, Firefox and WebKitGTK, with cookies kept and blocked; fails where one of them is missing
	$(PYTEST) tests/engines -n $(WORKERS)

# A test that meets neither database nor cache is the same test on every kind.
ABOUT_STORES = tests/journeys $(shell grep -lErw --include='test_*.py' 'db|transactional_db|django_db|pool|caches?' tests/unit)
test-postgresql: install ## the same suite on PostgreSQL and Redis (DATABASE_URL, CACHE_URL)
	$(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ABOUT_STORES)

.PHONY: test-pooler
test-pooler: install ## the same suite behind a PgBouncer that gives each transaction another connection (needs pgbouncer and PostgreSQL)
	$(BIN)/python -m tests.ship.pooler $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ABOUT_STORES)

# Whatever lets a worker work, or looks at the rows that are its jobs.
ABOUT_JOBS = $(shell grep -lEr --include='test_*.py' 'deliver_notices|call_command."worker"|running_worker|DBTaskResult|watch import .*health|exposition' tests/unit tests/journeys)
.PHONY: test-rq
test-rq: install ## the tests that have to do with jobs once more, with RQ carrying them (TASKS_URL: by default the Redis of this machine)
	TASKS_URL=$${TASKS_URL:-redis://127.0.0.1:6379} \
	  $(PYTEST) -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ABOUT_JOBS)

clients: install $(CLIENTS)/.installed tests/clients/node/node_modules/.installed $(ELEMENT)/node_modules/.installed ## the element's package; AWS CLI, pycognito, Amplify JS and a browser page against the sandbox (needs Node)
	$(PYTEST) tests/clients -n $(WORKERS)

element: $(ELEMENT)/node_modules/.installed ## build <mfa-portal> from packages/mfa-portal (needs Node)
	cd $(ELEMENT) && npm run --silent build

bench: install $(BENCH)/portal/.installed tests/bench/node_modules/.installed ## what pages cost, beside a floor and other people's MFA pages (needs PostgreSQL, Redis, Node, Chromium); writes docs/performance.md
	$(BIN)/python -m tests.bench.pages

bench-helpdesk: install ## the helpdesk before 100,000 people, and the audit of a million rows; writes docs/helpdesk-performance.md
	$(BIN)/python -m tests.bench.helpdesk

bench-sandbox: install $(BENCH)/.installed tests/bench/node_modules/.installed ## the sandbox beside moto and cognito-local; writes docs/sandbox-performance.md
	$(BIN)/python -m tests.bench

wheel: install $(SHIP)/.installed ## build the wheels of portal and sandbox into dist/
	$(SHIP)/bin/pyproject-build --wheel --no-isolation --outdir dist .
	$(SHIP)/bin/pyproject-build --wheel --no-isolation --outdir dist sandbox

test-wheel: install $(SHIP)/.installed ## install the wheel in a fresh environment and sign in there
	$(PYTEST) tests/ship/test_wheel.py

test-cluster: install ## two portals and two workers behind nginx, on PostgreSQL and Redis; one of each is killed
	$(PYTEST) tests/ship/test_cluster.py

released-migrations: install ## note, at a release, which migrations it holds: those after it follow docs/upgrades.md
	$(BIN)/python -m deploy.released_migrations

.PHONY: test-faults test-rollout
test-faults: install ## PostgreSQL and Redis gone and back, under a portal and a worker that go on
	$(PYTEST) tests/ship/test_stores_away.py

test-rollout: install ## the version before beside this one, on the tables of this one (needs the history)
	$(PYTEST) tests/ship/test_rollout.py

.PHONY: released-element
released-element: install ## note, at a release, the element's file that pages name from now on: it is served for ever
	$(BIN)/python -m deploy.released_scripts

test-backup: install ## pg_dump, restore, and sign in there (needs PostgreSQL and Redis)
	$(PYTEST) tests/ship/test_backup.py

sbom: $(SHIP)/.installed ## what a release is made of, with hashes, as CycloneDX, into dist/sbom.json
	$(SHIP)/bin/python deploy/sbom.py dist/sbom.json

.PHONY: licences
licences: install $(SHIP)/.installed ## under which licences is what production installs? Against the list in pyproject.toml
	$(SHIP)/bin/python deploy/licences.py $(BIN)/python

lint-deploy: licences sbom ## licences, SBOM; image, compose, Kubernetes, systemd and nginx files, each by its own tool
	$(SHIP)/bin/python deploy/lint.py

.PHONY: messages
messages: install ## find what is said and bring it into every language's catalogue; says how much is to do
	@$(BIN)/python locale/catalogues.py update

api-documents: install ## write the OpenAPI document, its examples and the error codes anew, from a run
	WRITE_DOCUMENTS=1 $(PYTEST) -q tests/journeys/test_api_document.py

.PHONY: alerts
alerts: ## lint the alert rules (needs promtool, of the package prometheus)
	promtool check rules deploy/observability/alerts.yaml
	promtool test rules deploy/observability/alerts_test.yaml

screenshots: install ## make the pictures of README and docs
	$(BIN)/python -m tests.browser.screenshots

lock: ## resolve the dependencies again, with hashes (needs uv)
	uv pip compile pyproject.toml --extra postgresql --extra redis --extra rq --extra tracing --group dev \
	  --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet \
	  --output-file requirements/development.txt
	uv pip compile pyproject.toml --extra postgresql --extra redis --extra rq --extra tracing \
	  --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet \
	  --output-file requirements/production.txt
	for group in sandbox clients bench docs fuzz scan build ship; do \
	  uv pip compile --group $$group --universal --python-version 3.11 --generate-hashes \
	    --no-strip-extras --no-header --quiet --output-file requirements/$$group.txt || exit 1; \
	done

# Beside what is served, then in its place: whoever reads meanwhile finds whole pages. Not --quiet: that counts no warnings.
.PHONY: docs test-docs
docs: $(DOCS)/.installed ## build the documents into site/ (PORTAL_DOCS=site serves them at /docs/); fails at a broken link
	@$(DOCS)/bin/mkdocs build --strict --site-dir site.new
	@rm -rf site && mv site.new site

test-docs: install docs ## look through site/: links, no script, no other host; in a real browser no fault that axe finds
	$(PYTEST) tests/site

# Beside each other: most of them wait for servers that start.
.PHONY: test-commands test-measures
test-commands: install $(SHIP)/.installed ## commands of the documents that need servers, with less to do
	$(PYTEST) tests/typed -m "not minutes" -n $(WORKERS) --maxschedchunk 1

test-measures: install $(FUZZ)/.installed $(BENCH)/portal/.installed tests/bench/node_modules/.installed ## commands of the documents that measure, draw or search: with less to do, and minutes all the same
	$(PYTEST) tests/typed -m minutes -n $(WORKERS) --maxschedchunk 1

secrets: install ## print fresh values for PORTAL_SECRET_KEY and PORTAL_TOKEN_KEYS
	@$(BIN)/python -c 'import secrets; print("PORTAL_SECRET_KEY=" + secrets.token_urlsafe(50))'
	@$(BIN)/python -c 'from cryptography.fernet import Fernet; print("PORTAL_TOKEN_KEYS=" + Fernet.generate_key().decode())'

clean: ## remove what this Makefile has made
	rm -rf $(VENV) $(CLIENTS) $(BENCH) $(FUZZ) $(SCAN) $(SHIP) $(DOCS) site site.new dist tests/clients/node/node_modules tests/bench/node_modules $(ELEMENT)/node_modules
	rm -rf .demo .accessibility staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
