# Drape. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
SWIFT = $(shell scripts/find-swift)
SECONDS ?= 60
# The languages of the examples for receivers of webhooks, which the tests run.
VERIFIERS = python3 nodejs php-cli ruby golang-go default-jdk-headless openssl

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: ## install missing Debian packages and find a Swift toolchain
	@scripts/find-swift >/dev/null && scripts/install-packages

build: setup ## build the daemons and drapectl, optimized
	@echo "drape: building"
	@$(SWIFT) build -c release --quiet --explicit-target-dependency-import-check error

test: setup lint ## check the format, then run every test
	@scripts/install-packages lua5.1 faketime $(VERIFIERS)
	@scripts/install-test-servers
	@echo "drape: building and running the tests"
	@scripts/run-tests

lint: setup
	@echo "drape: checking the format"
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Fuzz Package.swift

format: setup ## format the sources
	@$(SWIFT) format --in-place --recursive --parallel Sources Tests Fuzz Package.swift

fuzz: setup ## fuzz the HTTP machine for SECONDS=60
	@scripts/fuzz $(SECONDS)

bench: build ## measure Drape beside its peers (minutes)
	@Benchmarks/run

pictures: build ## make a sheet of results of both renderers to look at: .run/pictures.jpg
	@scripts/install-packages python3 python3-pil
	@/usr/bin/python3 Benchmarks/contact_sheet.py

test-model: ## test the model server of deploy/model-server
	@scripts/install-model-server .run/model-server-test test
	@cd deploy/model-server && PYTHONDONTWRITEBYTECODE=1 ../../.run/model-server-test/bin/python -m pytest -q -p no:cacheprovider tests

run: build ## start Drape on port 2152 (or PORT) and stay until Ctrl-C; MODEL=1 uses the model server
	@exec scripts/run

up: build ## start Drape in the background (WORKERS=n) and write .run/env
	@scripts/stack up

down: ## stop what `make up` started
	@scripts/stack down

sanitize: setup ## run the tests under the address sanitizer
	@$(SWIFT) test --sanitize=address --scratch-path .build/sanitize

clean: ## remove what was built
	rm -rf .build .run

.PHONY: bench pictures test-model help setup build test lint format fuzz run up down sanitize clean
