# pooldrift: set-up, build, checks. Done work is not done again.

# Taken from npm where the machine's Node is older than 22.18.
NODE_VERSION := 24.21.0

# NEED:DEBIAN-PACKAGE, a need being a command, a library or a file. What is there is not installed.
RUN_NEEDS := clang:clang llvm-strip:llvm bpftool:bpftool \
  libbpf.so.1:libbpf1 libelf.so.1:libelf1 /usr/include/bpf/bpf_helpers.h:libbpf-dev
TEST_NEEDS := nginx:nginx-light redis-server:redis-server /usr/lib/postgresql/*/bin/postgres:postgresql-15 \
  go:golang-go promtool:prometheus prometheus-alertmanager:prometheus-alertmanager gcc:gcc openssl:openssl wrk:wrk ip:iproute2 ping:iputils-ping chromium:chromium tmux:tmux
BENCH_NEEDS := perf:linux-perf runqlat:libbpf-tools bpftrace:bpftrace gcc:gcc nginx:nginx-light wrk:wrk \
  go:golang-go promtool:prometheus prometheus-alertmanager:prometheus-alertmanager ip:iproute2 chromium:chromium

MACHINE := $(shell uname -m)
NODE_ARCH_x86_64 := x64
NODE_ARCH_aarch64 := arm64
BPF_ARCH_x86_64 := x86
BPF_ARCH_aarch64 := arm64
export NODE_VERSION
export NODE_ARCH := $(NODE_ARCH_$(MACHINE))
# sudo's PATH may lack the last ones; Debian keeps bpftool and nginx in /usr/sbin.
export PATH := $(CURDIR)/.toolchain/node_modules/node-linux-$(NODE_ARCH)/bin:$(PATH):/usr/local/sbin:/usr/sbin:/sbin:/usr/local/go/bin

BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(BPF_ARCH_$(MACHINE)) \
  -Ibpf/include -idirafter /usr/include/$(MACHINE)-linux-gnu -Wall -Werror -MMD -MP
SOURCES := $(wildcard bpf/*.bpf.c)
OBJECTS := $(SOURCES:bpf/%.c=build/bpf/%.o)
LAYOUT := src/decode/layout.gen.ts
LAYOUT_CHECKED := build/bpf/layout.checked
PAGE := build/page/page.js

STEP := scripts/setup/step.sh
MOCHA := node node_modules/mocha/bin/mocha.js $(ARGS)

.PHONY: setup setup-test setup-bench packages toolchain modules objects page warm layout-check generate start check test test-long bench bench-faults clean
.NOTPARALLEL:
.DELETE_ON_ERROR:

setup: packages toolchain modules objects page warm

setup-test: RUN_NEEDS += $(TEST_NEEDS)
setup-test: setup

setup-bench: RUN_NEEDS += $(BENCH_NEEDS)
setup-bench: setup

packages:
	@scripts/setup/packages.sh '$(RUN_NEEDS)'

toolchain:
	@scripts/setup/node.sh

modules:
	@scripts/setup/modules.sh

objects:
	@$(MAKE) -sq $(LAYOUT_CHECKED) >/dev/null 2>&1 || $(STEP) build '$(SOURCES:%.bpf.c=%)' '$(words $(SOURCES)) objects' $(MAKE) -s $(LAYOUT_CHECKED)

page:
	@$(MAKE) -sq $(PAGE) >/dev/null 2>&1 || $(STEP) build src/web/page 'the page' $(MAKE) -s $(PAGE)

$(PAGE): $(wildcard src/web/page/*) $(wildcard src/outputs/*.ts) src/decode/sample.ts src/attribution/causes.ts scripts/page.ts package-lock.json
	node scripts/page.ts

# Spares the daemon's first start some 20 MB. A fault of it is told by the start itself.
warm:
	@$(MAKE) -sq build/warmed >/dev/null 2>&1 || $(MAKE) -s build/warmed

build/warmed: $(shell find src scripts/warm.ts -name '*.ts') package-lock.json bin/pooldrift
	@bin/pooldrift --warm >/dev/null 2>&1 || true
	@touch $@

build/bpf/%.bpf.o: bpf/%.bpf.c Makefile
	@mkdir -p $(@D)
	clang $(BPF_CFLAGS) -c $< -o $@
	llvm-strip -g $@

$(LAYOUT_CHECKED): $(OBJECTS) $(LAYOUT) scripts/gen-layout.ts
	node scripts/gen-layout.ts --check $(OBJECTS)
	@touch $@

# Always compared, for npm run check; LAYOUT_CHECKED spares set-up the comparison.
layout-check: $(OBJECTS)
	@node scripts/gen-layout.ts --check $(OBJECTS)

generate: toolchain modules $(OBJECTS)
	node scripts/gen-layout.ts $(OBJECTS)
	node scripts/gen-dashboards.ts
	node scripts/gen-dashboard-schema.ts

start: setup
	@exec bin/pooldrift run $(ARGS)

check: setup
	@$(MOCHA) 'test/{unit,golden}/**/*.test.ts'

test:
	@scripts/setup/need-root.sh 'npm test' 'npm run check needs no root'
	@$(MAKE) --no-print-directory setup-test
	@$(MOCHA) 'test/{unit,golden,contract,kernel,scenario}/**/*.test.ts'

test-long:
	@scripts/setup/need-root.sh 'npm run test:long'
	@$(MAKE) --no-print-directory setup-test
	@node scripts/test-long.ts

bench:
	@scripts/setup/need-root.sh 'npm run bench'
	@$(MAKE) --no-print-directory setup-bench
	@node test/bench/main.ts $(ARGS)

bench-faults:
	@scripts/setup/need-root.sh 'npm run bench:faults'
	@$(MAKE) --no-print-directory setup-test
	@node test/faults/main.ts $(ARGS)

clean:
	rm -rf build

-include $(OBJECTS:.o=.d)
