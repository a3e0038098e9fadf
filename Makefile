# Every target does its own set-up; `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
COUNT ?= 20

.PHONY: help setup drill check test record bench matrix down

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install or build what the other targets need; quick when it is there
	@toolchain/setup.sh

drill: setup ## two Docker hosts, both stacks, a dry run, a switchover and the switchover back, all verified
	@bin/understudy lab drill

check: setup ## format, lint, types, shell, markdown, unit and contract tests; the lab is left alone
	@bin/run-tests format lint types shell markdown unit contract

test: setup ## every check and test: those of make check, of real servers, and of the lab from end to end
	@bin/run-tests

record: setup ## one accepted set of results from the lab into docs/results/recorded; after make test with all of its evidence
	@lab/record.sh

bench: setup ## COUNT alternating switchovers on the lab, 10 failovers of each kind, backups of a 1 GiB journal
	@bin/understudy lab bench --count $(COUNT)

matrix: setup ## every fault at every moment of a drill on the lab, compared with what was written down; about 90 min on two cores
	@bin/understudy lab matrix

down: ## remove the lab and all data on its two hosts
	@bin/understudy lab down
