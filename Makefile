# Everything a person or a machine does with this repository. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := .clients
BENCH := .bench
FUZZ := .fuzz
SHIP := .ship
ELEMENT := packages/mfa-portal
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
NPM_CI := npm ci --silent --ignore-scripts --no-audit --no-fund
# One more than there are cores: a test that waits for a process or a socket leaves its core free.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# Minutes in a real browser, each: not for every run of the suite, and all of them before a change lands.
LONG_WALKS := $(addprefix tests/browser/test_,account_pages.py bulk_progress.py embed.py embed_element.py \
  embed_host.py every_page.py helpdesk_call.py helpdesk_day.py passkey_sign_in.py passkeys.py \
  redirect_door.py)

.DEFAULT_GOAL := help
.PHONY: help install demo demo-reset demo-embed test quick lint types contracts templates unit covered coverage mutation \
        test-sandbox fuzz-sandbox fuzz-api test-walks test-browser test-postgresql clients element bench-helpdesk bench-sandbox wheel test-wheel test-cluster test-backup released-migrations sbom lint-deploy api-documents screenshots \
        lock secrets clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

install: $(STAMP) ## create .venv with the locked dependencies

$(STAMP): requirements/development.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; choose one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP_INSTALL) requirements/development.txt
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

$(FUZZ)/.installed: requirements/fuzz.txt | $(STAMP)
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python $(PIP_INSTALL) requirements/fuzz.txt
	@touch $@

$(SHIP)/.installed: requirements/ship.txt | $(STAMP)
	$(PYTHON) -m venv $(SHIP)
	$(SHIP)/bin/python $(PIP_INSTALL) requirements/ship.txt
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
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(LONG_WALKS:%=--ignore=%)

coverage: covered ## which branches no test has walked; fails under 90 %
	$(BIN)/coverage report

# Being watched costs a test run a third of its time: CI pays it once, on PostgreSQL and Redis.
covered: install
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-branch --cov-report= \
	  tests/journeys tests/unit
	@$(BIN)/python tests/branch_coverage.py

test-sandbox: install ## the sandbox alone
	$(BIN)/python -m pytest tests/sandbox -n $(WORKERS)

mutation: install ## break policy, guards and limits in hundreds of places; at least 85 % must be noticed; minutes
	$(BIN)/mutmut run
	$(BIN)/mutmut export-cicd-stats
	$(BIN)/python -m tests.mutation_score mutants/mutmut-cicd-stats.json

fuzz-sandbox: install ## 50,000 requests and long histories against the sandbox; minutes
	FUZZ_REQUESTS=50000 MODEL_WALKS=500 $(BIN)/python -m pytest tests/sandbox/test_fuzz.py tests/sandbox/test_model.py

.PHONY: soak walk-account
soak: install ## 50 requests a second for half an hour: quick answers, no errors, flat memory
	LOAD_SECONDS=1800 $(BIN)/python -m pytest tests/journeys/test_load.py

walk-account: install ## long walks of changes, losses and ways back in on one account, and every cut of them; minutes
	ACCOUNT_WALK_EXAMPLES=60 ACCOUNT_WALK_STEPS=25 CUTS=all \
	  $(BIN)/python -m pytest tests/journeys/test_account_walk.py tests/journeys/test_cuts.py -n $(WORKERS)

fuzz-api: install $(FUZZ)/.installed ## thousands of requests from the OpenAPI document against a portal; minutes
	$(BIN)/python -m tests.fuzz_api --examples 150

test-walks: install ## every page with axe, frames, passkeys, the helpdesk in a real browser; minutes
	REQUIRE_BROWSER=1 $(BIN)/python -m pytest $(LONG_WALKS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-browser: install ## everything in a real browser, the long walks too; fails where there is none
	REQUIRE_BROWSER=1 $(BIN)/python -m pytest tests/browser -n $(WORKERS)

test-postgresql: covered ## the same suite on PostgreSQL and Redis (DATABASE_URL, CACHE_URL), with its branches counted

clients: install $(CLIENTS)/.installed tests/clients/node/node_modules/.installed $(ELEMENT)/node_modules/.installed ## the element's package; AWS CLI, pycognito, Amplify JS and a browser page against the sandbox (needs Node)
	$(BIN)/python -m pytest tests/clients -n $(WORKERS)

element: $(ELEMENT)/node_modules/.installed ## build <mfa-portal> from packages/mfa-portal (needs Node)
	cd $(ELEMENT) && npm run --silent build

bench-helpdesk: install ## the helpdesk before 100,000 people, and the audit of a million rows; writes docs/helpdesk-performance.md
	$(BIN)/python -m tests.bench.helpdesk

bench-sandbox: install $(BENCH)/.installed tests/bench/node_modules/.installed ## the sandbox beside moto and cognito-local; writes docs/sandbox-performance.md
	$(BIN)/python -m tests.bench

wheel: install $(SHIP)/.installed ## build the wheels of portal and sandbox into dist/
	$(SHIP)/bin/pyproject-build --wheel --no-isolation --outdir dist .
	$(SHIP)/bin/pyproject-build --wheel --no-isolation --outdir dist sandbox

test-wheel: install $(SHIP)/.installed ## install the wheel in a fresh environment and sign in there
	$(BIN)/python -m pytest tests/ship/test_wheel.py

test-cluster: install ## two portals and two workers behind nginx, on PostgreSQL and Redis; one of each is killed
	$(BIN)/python -m pytest tests/ship/test_cluster.py

released-migrations: install ## note, at a release, which migrations it holds: those after it follow docs/upgrades.md
	$(BIN)/python -m deploy.released_migrations

test-backup: install ## pg_dump, restore, and sign in there (needs PostgreSQL and Redis)
	$(BIN)/python -m pytest tests/ship/test_backup.py

sbom: $(SHIP)/.installed ## what production installs, as CycloneDX, into dist/sbom.json
	@mkdir -p dist
	$(SHIP)/bin/cyclonedx-py requirements requirements/production.txt --output-reproducible --output-file dist/sbom.json

lint-deploy: $(SHIP)/.installed ## image, compose, Kubernetes, systemd and nginx files, each by its own tool
	$(SHIP)/bin/python deploy/lint.py

api-documents: install ## write the OpenAPI document, its examples and the error codes anew, from a run
	WRITE_DOCUMENTS=1 $(BIN)/python -m pytest -q tests/journeys/test_api_document.py

.PHONY: alerts
alerts: ## lint the alert rules (needs promtool, of the package prometheus)
	promtool check rules deploy/observability/alerts.yaml

screenshots: install ## make the pictures of README and docs
	$(BIN)/python -m tests.browser.screenshots

lock: ## resolve the dependencies again, with hashes (needs uv)
	uv pip compile pyproject.toml --extra sandbox --extra postgresql --extra redis --extra tracing --group dev \
	  --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet \
	  --output-file requirements/development.txt
	uv pip compile pyproject.toml --extra sandbox --extra postgresql --extra redis --extra tracing \
	  --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --quiet \
	  --output-file requirements/production.txt
	for group in clients bench fuzz build ship; do \
	  uv pip compile --group $$group --universal --python-version 3.11 --generate-hashes \
	    --no-strip-extras --no-header --quiet --output-file requirements/$$group.txt || exit 1; \
	done

secrets: install ## print fresh values for PORTAL_SECRET_KEY and PORTAL_TOKEN_KEYS
	@$(BIN)/python -c 'import secrets; print("PORTAL_SECRET_KEY=" + secrets.token_urlsafe(50))'
	@$(BIN)/python -c 'from cryptography.fernet import Fernet; print("PORTAL_TOKEN_KEYS=" + Fernet.generate_key().decode())'

clean: ## remove what this Makefile has made
	rm -rf $(VENV) $(CLIENTS) $(BENCH) $(FUZZ) $(SHIP) dist tests/clients/node/node_modules tests/bench/node_modules $(ELEMENT)/node_modules
	rm -rf .demo staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*
