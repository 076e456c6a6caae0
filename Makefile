# The two commands: `make run` and `make test`. Both set up what is missing.

host      := .build/release/cpt-host
workspace := workspace
swift     := swift
build     := $(swift) build -c release

.PHONY: run test setup build build-tests corpora lint format clean

run: build corpora
	$(host) run Examples/quickstart/pipeline.yaml --workspace $(workspace)

# Tests on real text are skipped where none can be fetched.
test: setup lint build-tests
	-@$(MAKE) --no-print-directory corpora
	$(swift) test -c release --skip-build --disable-xctest --disable-testable-imports

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
	$(swift) format lint --strict --recursive --parallel Package.swift Sources Plugins Tests

format:
	$(swift) format --in-place --recursive --parallel Package.swift Sources Plugins Tests

clean:
	rm -rf .build $(workspace)
