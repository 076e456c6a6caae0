# The commands: `make run`, `make test` and `make bench`. Each sets up what is missing.

host      := .build/release/cpt-host
bench     := .build/release/cpt-bench
workspace := workspace
swift     := swift
build     := $(swift) build -c release

.PHONY: run test bench docs setup build build-tests corpora lint format clean

run: build corpora
	$(host) run Examples/quickstart/pipeline.yaml --workspace $(workspace)

# Tests on real text are skipped where none can be fetched.
test: setup lint build-tests
	-@$(MAKE) --no-print-directory corpora
	$(swift) test -c release --skip-build --disable-xctest --disable-testable-imports

# EXTENT=all measures everything; PEERS=1 measures PyTorch beside it, in a Python environment of its own.
EXTENT := quick
bench: build
	$(bench) --extent $(EXTENT) --json .build-bench/results.json
ifeq ($(PEERS),1)
	@Scripts/install-packages.sh $$(cat Benchmarks/Peers/packages)
	@Benchmarks/Peers/compare.sh --bench $(bench) --json .build-bench/peers.json
endif

# The documentation for plugin authors, by the toolchain's DocC.
docs: build
	@Scripts/build-documentation.sh .build/release/Modules .build-docs
	@echo "documentation: .build-docs/documentation/pluginsdk/index.html, to be served from .build-docs"

setup:
	@Scripts/install-packages.sh

build: setup
	$(build)

build-tests: setup
	$(build) --build-tests

# Real English and Chinese text, fetched by package name once.
corpora: build
	@Examples/quickstart/fetch-corpora.sh $(host) corpora

lint:
	$(swift) format lint --strict --recursive --parallel Package.swift Sources Plugins Benchmarks Examples Tests

format:
	$(swift) format --in-place --recursive --parallel Package.swift Sources Plugins Benchmarks Examples Tests

clean:
	rm -rf .build $(workspace)
