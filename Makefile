# pooldrift: set-up, build, checks. Done work is not done again.
SHELL := /bin/sh
include scripts/toolchain.mk

.PHONY: setup
setup: $(NODE) node_modules/.installed bpf
