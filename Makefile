# `make` prints this help. `make check` before each commit, `make test` is the whole gate and what CI runs.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help
help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

.PHONY: check
check: ## Format, vet, tests with the race detector
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "not gofmt'ed: run gofmt -w ."; exit 1; }
	go vet ./...
	go test -race ./...

.PHONY: test
test: check ## Everything a change must pass
