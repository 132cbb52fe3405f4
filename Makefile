# `make` prints this help. `make check` before each commit; `make test` is the whole gate and what CI runs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 1

GOLANGCI_LINT := v2.15.0
GOVULNCHECK   := v1.9.0
VERSION       := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 14

.PHONY: build
build: ## Build the one static binary, build/fairlead
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o build/fairlead ./cmd/fairlead

.PHONY: demo
demo: build ## Run the main job on this machine: simulated Greenhouse, sixty applications, the console
	build/fairlead demo

.PHONY: check
check: format vet lint race vulnerabilities ## Format, vet, lint, architecture and race tests, known vulnerabilities

.PHONY: test
test: ## Everything a change must pass; sets up what the tests need
	@mkdir -p build
	@scripts/setup-tests.sh
	@scripts/with-postgres.sh $(MAKE) --no-print-directory check

.PHONY: format
format:
	@files=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$files" || { echo "$$files"; echo "not formatted: run gofmt -w on these"; exit 1; }

.PHONY: vet
vet:
	go vet ./...

build/tools/golangci-lint-$(GOLANGCI_LINT):
	GOBIN=$(CURDIR)/build/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)
	mv build/tools/golangci-lint $@

.PHONY: lint
lint: build/tools/golangci-lint-$(GOLANGCI_LINT)
	$< run ./...

# The race detector needs cgo; the binary itself is built without.
.PHONY: race
race:
	go test -race -timeout 15m ./...

# A network failure is not a fault of the change: it warns.
.PHONY: vulnerabilities
vulnerabilities:
	@GOBIN=$(CURDIR)/build/tools go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) && build/tools/govulncheck ./... >build/vulnerabilities.txt 2>&1; code=$$?; \
	if [ $$code = 3 ]; then cat build/vulnerabilities.txt; exit 1; elif [ $$code != 0 ]; then echo "warning: govulncheck could not run (it needs the network); see build/vulnerabilities.txt"; fi

.PHONY: bench
bench: ## Measure: accept path beside the plain HTTP and HMAC limit, reading, judging
	go test -run '^$$' -bench . -benchtime 3s ./internal/...

.PHONY: screenshots
screenshots: ## Take pictures of every page, two widths and both themes, into build/screenshots
	@mkdir -p build/screenshots
	FAIRLEAD_SCREENSHOTS=$(CURDIR)/build/screenshots go test -count=1 -run Browser ./internal/console/...
