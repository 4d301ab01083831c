# The targets of this project; each of them makes or updates .venv first, if necessary.
#
#   PYTHON=/path/to/python3.12   the interpreter that makes .venv; without it, set-up searches for one
#   DEV=1                        links the sources into .venv instead of installing the built wheel
#   JOBS=2                       the number of tests that run at a time; 4 by default, one of them the files that wait
#   HUMMINGBOT=20260729          the older release that `test-older` installs

BIN := .venv/bin
HUMMINGBOT ?= $(shell sed -n 's/^hummingbot==\([0-9]*\).*/\1/p' requirements-older.txt)

.DEFAULT_GOAL := help
.PHONY: help setup system-packages dev-link demo sandbox test test-older lint replay replay-ranger chaos simulate soak outage live strategies hftbacktest bench image scaling compatibility pictures docs site wheel release-check lock clean

help: ## Show this list
	@echo "Usage: make TARGET"
	@awk -F ': .*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Make .venv: locked dependencies and the built wheel (nothing to do if up to date)
	@tools/setup

system-packages: ## Install what some tests drive: tmux, Chromium, mosquitto (Debian's packages; needs root or sudo)
	@tools/system_packages

dev-link: ## Link the sources into .venv, for edits that take effect at once (as DEV=1 does for any target)
	@DEV=1 tools/setup

demo: setup ## Watch a market maker run on the sandbox exchange: make demo SECONDS=120
	@$(BIN)/hummingbot-peatio demo $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

sandbox: setup ## Run the sandbox exchange: make sandbox ARGS="--port 8080 --traders"
	@$(BIN)/hummingbot-peatio sandbox $(ARGS)

test: lint ## Check the code and run all tests on the installed wheel (connector coverage at least 90 %)
	$(BIN)/pytest -n $(or $(JOBS),4) --dist loadfile --no-loadscope-reorder --cov --cov-report=term

test-older: ## Run the tests on an older release, in an environment of its own: make test-older HUMMINGBOT=20260729
	@HUMMINGBOT_RELEASE=$(HUMMINGBOT) tools/setup
	.venv-$(HUMMINGBOT)/bin/pytest -n $(or $(JOBS),4) --dist loadfile --no-loadscope-reorder --ignore test/packaging

lint: setup ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy

replay: setup ## Repeat the recorded REST session against the sandbox and compare
	@$(BIN)/python -m conformance.rest_replay --data test/data/peatio-3.1.0

replay-ranger: setup ## Repeat the recorded websocket sessions against the sandbox and compare
	@$(BIN)/python -m conformance.ranger_replay --data test/data/rango-3.1.0

chaos: setup ## Trade through random faults and kills, then compare everything: make chaos SEEDS=50, make chaos SEED=7
	@$(BIN)/python -m test.chaos $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),50)) $(ARGS)

simulate: setup ## The whole stack in simulated time: make simulate SEEDS=1000, SEED=7 TRACE=1 or SHRINK=1 (docs/simulation.md)
	@$(BIN)/python -m simulation $(if $(CASE),--case $(CASE),$(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),100))) \
	    $(if $(TRACE),--trace) $(if $(SHRINK),--shrink) $(if $(DAYS),--days $(DAYS)) $(ARGS)

soak: setup ## The same at true speed under pure_market_making, one long run: make soak MINUTES=20
	@$(BIN)/python -m test.chaos.soak --minutes $(or $(MINUTES),20) $(if $(SEED),--seed $(SEED)) $(ARGS)

outage: setup ## Twenty open orders through ten minutes of HTTP 503 at true speed: make outage MINUTES=10
	@$(BIN)/python -m test.chaos.outage --minutes $(or $(MINUTES),10)

live: setup ## Play the acceptance cards on any exchange: make live URL=https://... MARKET=btcusd (docs/operate/acceptance.md)
	@$(BIN)/python -m test.acceptance --url "$(URL)" --market "$(MARKET)" $(ARGS)

strategies: setup ## Run Hummingbot's strategies on the sandbox for a minute each: make strategies CHECKOUT=~/hummingbot
	@$(BIN)/python -m test.strategies $(if $(CHECKOUT),--checkout $(CHECKOUT)) $(ARGS)

hftbacktest: setup ## Run hftbacktest, in an environment of its own, on a recording of the sandbox
	@$(BIN)/python -m venv .cache/hftbacktest
	@.cache/hftbacktest/bin/python -m pip install -q hftbacktest==2.4.4
	@HFTBACKTEST_PYTHON=$(CURDIR)/.cache/hftbacktest/bin/python $(BIN)/pytest test/peatio_cli/record --no-cov

bench: setup ## Measure beside binance's connector and an earlier build, a quarter of an hour: ROUNDS=5 for more rounds, LONG=1 for memory growth and set-up
	@$(BIN)/python -m bench $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(LONG),--long) --docs docs/operate $(ARGS)

image: setup ## Build deploy/Dockerfile and run bots and a mirror from it (Debian, root, buildah and podman; 15 minutes)
	@$(BIN)/python -m test.image $(ARGS)

compatibility: setup ## Play every end-to-end scenario on every dialect and login; writes docs/reference/compatibility.md
	@$(BIN)/python -m test.compatibility

pictures: setup ## Make the documentation's pictures of console, demo and page again, five minutes (needs Chromium)
	@$(BIN)/python -m test.browser.pictures docs/pictures

docs: setup ## Write the pages that are made from the code
	@$(BIN)/python -m test.documents

site: setup ## Build the documentation's site with search into build/site
	@$(BIN)/python tools/build_site.py

scaling: setup ## Measure many bots on one account: make scaling BOTS=1,2,4,8 (docs/operate/scaling.md)
	@$(BIN)/python -m bench.scaling $(if $(BOTS),--bots $(BOTS)) --docs docs/operate $(ARGS)

wheel: setup ## Build the wheel into dist/
	@$(BIN)/python tools/build_wheel.py dist

release-check: setup ## Build sdist and wheel into dist/ as for a release, and check them as the package index would
	@$(BIN)/python tools/release_check.py dist

lock: setup ## Write the lock files requirements*.txt after a change of requirements; UPGRADE=1 takes the newest versions
	@UPGRADE=$(UPGRADE) $(BIN)/python tools/lock.py

clean: ## Remove .venv and everything built
	rm -rf .venv .venv-* .cache build dist *.egg-info .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find hummingbot peatio_page peatio_sandbox peatio_cli peatio_liquidity conformance test tools -type d -name __pycache__ -prune -exec rm -rf {} +
