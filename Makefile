# Sets everything up in this folder and runs it: `make` lists the targets.
#
# Steps that are done leave a stamp in .make, so the second run is quick. The stamp of the
# installation names the Rust toolchain: a toolchain that comes later gets its modules compiled.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help demo test check check-python check-rust bench bench-datapath bench-controller bench-swim bench-failover fuzz-diff fuzz soak clean

PYTHON ?= python3
PYTEST_FLAGS ?=
SEED ?= 1
MINUTES ?= 10
BENCH_FLAGS ?=
VENV := .venv
BIN := $(VENV)/bin

RUST := $(shell rustc --version 2>/dev/null | cut -d' ' -f2)
STAMP := .make/$(or $(RUST),no-rust)
SOURCES := pyproject.toml $(shell find native -name target -prune -o -name '*.rs' -print -o -name 'Cargo.*' -print)

# What installing needs, and what the demonstration and the system tests need besides.
BUILD_PACKAGES := python3 python3-venv python3-dev gcc
RUN_PACKAGES := iproute2 iperf3 iputils-ping ethtool openvswitch-switch openvswitch-testcontroller mininet tshark \
                serf etcd-server openssl

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(STAMP)-demo ## set everything up and show switch and controller at work (as root)
	@$(BIN)/oflab demo

test: $(STAMP)-test ## set everything up and run the tests (system tests as root)
	@$(BIN)/python -m pytest $(PYTEST_FLAGS)

check: check-python check-rust ## formatting, lints, types, layers, and the Rust tests

check-python: $(STAMP)-test
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check-rust:
	@if ! command -v cargo >/dev/null; then
	    echo 'No cargo here: the Rust code is not checked.'
	    [ "$${CI:-}" != true ] || { echo 'CI demands it.'; exit 1; }
	    exit 0
	fi
	cd native
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets -- -D warnings
	cargo test --quiet --locked

bench: $(STAMP)-test ## run the benchmarks, some minutes (as root)
	@$(BIN)/python -m benchmarks.controller --quick
	$(BIN)/python -m benchmarks.datapath --quick

bench-datapath: $(STAMP)-bench ## compare switches at length, with a table and a plot (as root; BENCH_FLAGS=--help)
	@$(BIN)/python -m benchmarks.datapath $(BENCH_FLAGS)

bench-controller: $(STAMP)-bench ## compare controllers at length, with a table and a plot (BENCH_FLAGS=--help)
	@$(BIN)/python -m benchmarks.controller $(BENCH_FLAGS)

bench-swim: $(STAMP)-bench ## simulate clusters of up to 8,192 members, with a table and a plot (BENCH_FLAGS=--help)
	@$(BIN)/python -m benchmarks.swim $(BENCH_FLAGS)

bench-failover: $(STAMP)-bench ## take the master from switches that forward, and time what follows (as root; BENCH_FLAGS=--help)
	@$(BIN)/python -m benchmarks.failover $(BENCH_FLAGS)

fuzz-diff: $(STAMP)-test ## compare the datapaths for long, from a seed: make fuzz-diff SEED=1 MINUTES=10
	@$(BIN)/python -m tests.differential.fuzz --seed $(SEED) --minutes $(MINUTES)

fuzz: ## feed broken input to every Rust crate for long: make fuzz MINUTES=2 (for each target; needs cargo-fuzz, nightly)
	@cd native
	for crate in */fuzz; do
	    cd $${crate%/fuzz}
	    for target in $$(cargo +nightly fuzz list); do
	        echo "$${crate%/fuzz}: $$target"
	        cargo +nightly fuzz run $$target -- -max_total_time=$$(($(MINUTES) * 60)) -max_len=4096 -verbosity=0
	    done
	    cd ..
	done

soak: $(STAMP)-test ## run a switch under changing load, and watch it: make soak MINUTES=60 (as root)
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

clean: ## remove all that the other targets made here
	rm -rf .make $(VENV) build *.egg-info native/target .{mypy,pytest,ruff,import_linter}_cache .hypothesis
	rm -f openflow/_codec*.so ofswitch/_datapath*.so ofbench/_load*.so
	find . -name __pycache__ -prune -exec rm -rf {} +

.make/packages:
	@missing() {
	    for package; do
	        [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null)" = installed ] || echo $$package
	    done
	}
	mkdir -p .make
	if ! command -v dpkg-query >/dev/null; then
	    echo 'Not a Debian system: see to these yourself, by whatever names they have:'
	    echo '    $(BUILD_PACKAGES) $(RUN_PACKAGES)'
	    touch $@
	    exit 0
	fi
	build=$$(missing $(BUILD_PACKAGES) | xargs)
	run=$$(missing $(RUN_PACKAGES) | xargs)
	if [ -n "$$build$$run" ] && [ $$(id -u) -eq 0 ]; then
	    echo "Installing Debian packages: $$build $$run"
	    export DEBIAN_FRONTEND=noninteractive
	    apt-get update -q
	    apt-get install -q -y --no-install-recommends $$build $$run
	    # Of these the programs are wanted, not the services, which hold ports.
	    for service in openvswitch-testcontroller etcd; do
	        if [[ " $$run " == *" $$service"[\ -]* ]]; then
	            service $$service stop >/dev/null 2>&1 || true
	            update-rc.d $$service disable >/dev/null 2>&1 || true
	        fi
	    done
	elif [ -n "$$build" ]; then
	    echo 'These Debian packages are missing. Run this as root, or have somebody run:'
	    echo "    apt-get install $$build $$run"
	    exit 1
	elif [ -n "$$run" ]; then
	    echo 'Without these Debian packages some system tests are skipped; as root they are installed:'
	    echo "    apt-get install $$run"
	    exit 0
	fi
	touch $@

.make/venv: | .make/packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
	    echo "Python 3.11 or later is needed, this is $$($(PYTHON) --version); choose one with PYTHON=..."
	    exit 1
	}
	$(PYTHON) -m venv $(VENV)
	touch $@

# demo: the package; test: the package, and the tools that test and check it; bench: and what draws plots
$(STAMP)-demo $(STAMP)-test $(STAMP)-bench: $(SOURCES) | .make/venv
	@echo 'Installing ofswitch into $(VENV) ...'
	extras=$$([ $@ = $(STAMP)-demo ] || echo "[$(lastword $(subst -, ,$@))]")
	$(BIN)/pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat \
	    --editable ".$$extras"
	$(BIN)/python -c 'import sys, openflow.native as codec, ofswitch.native as datapath, ofbench.native as load
	yes_no = ("no, in Python instead", "yes")
	print("compiled framing:", yes_no[codec.AVAILABLE])
	print("compiled packet parser:", yes_no[datapath.AVAILABLE])
	sys.exit(not (codec.AVAILABLE and datapath.AVAILABLE and load.AVAILABLE))' || {
	    echo 'The native modules need Rust 1.85 or later (Debian 12: apt-get install rustc-web cargo-web).'
	}
	touch $@
