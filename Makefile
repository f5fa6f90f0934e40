# Thin: what each target does is in scripts/ and CMakePresets.json.
PORT ?= 8080
SECONDS ?= 60
DESTDIR ?=
PREFIX ?= /usr/local

.PHONY: help setup build demo test bench soak lint fuzz screenshots install clean

help:
	@echo "make demo         everything with a generated district, on http://127.0.0.1:$(PORT)"
	@echo "make test         build and run every test"
	@echo "make setup build bench soak lint fuzz screenshots install clean"

setup:
	@sh scripts/setup.sh

build:
	@sh scripts/setup.sh demo
	@sh scripts/web.sh
	@sh scripts/build.sh release hutong

demo: build
	@build/hutong up --demo --port $(PORT)

test:
	@sh scripts/test.sh

bench:
	@sh scripts/bench.sh

soak: setup
	@sh scripts/web.sh
	@sh scripts/build.sh release
	@ctest --test-dir build/release -L soak --no-tests=error --verbose

lint: setup
	@sh scripts/lint.sh

fuzz: setup
	@sh scripts/fuzz.sh $(SECONDS)

screenshots: build
	@sh scripts/setup.sh test
	@sh tests/browser/run.sh screenshots

install: build
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build web/dist
