# 'make demo' and 'make test' do all set-up on a fresh Debian or Ubuntu machine, as root or with sudo.
#   make demo [CITY=FOLDER] [PORT=8000] [DETACH=1]
CITY ?= demo
LANGBIANG := .venv/bin/langbiang
# Compiled modules are kept, whatever the machine's habit: each process starts seconds earlier.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo stop check test conformance security bench lint format clean

demo:
	@docker/install.sh
	@$(LANGBIANG) up --city "$(CITY)" $(if $(PORT),--port "$(PORT)") $(if $(DETACH),--detach)

stop:
	@$(LANGBIANG) down

check:
	@$(LANGBIANG) check

# The cheap checks first; pytest last, so that its summary closes the run.
test:
	@docker/install.sh --with-tests
	@$(MAKE) --no-print-directory lint
	@.venv/bin/pytest

# What the OGC standards ask, and real clients, against a running server; also those too large for 'make test': QGIS.
conformance:
	@docker/install.sh --with-conformance
	@.venv/bin/pytest tests/conformance -m ''

# wapiti, sqlmap and schemathesis against a server of their own on this machine; about ten minutes.
security:
	@docker/install.sh --with-conformance
	@.venv/bin/python tests/security/scan.py

# Takes half an hour and wants a quiet machine; each prints its figures and what it was compared with.
bench:
	@docker/install.sh --with-tests
	.venv/bin/python tests/benchmarks/loading.py
	.venv/bin/python tests/benchmarks/access.py
	.venv/bin/python -m tests.benchmarks.serving

lint:
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	.venv/bin/shellcheck docker/*.sh .ci/run
	.venv/bin/hadolint docker/Dockerfile
	POSTGRES_PASSWORD=unused .venv/bin/docker-compose --file docker/compose.yaml config --quiet

format:
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

# Removes what was installed and built; the data in .langbiang stay ('make stop' first, then remove the folder to start anew).
clean:
	rm -rf .venv .tools node_modules build api/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis
