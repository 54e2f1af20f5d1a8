# make demo   a believable year of returns, the night on it, and where to look
# make test   the tests; with TEST=--cov the coverage floor of pyproject.toml too
# make lint   ruff, mypy, the layers
#
# make test-schedules   `suivi serve` for real: its server, its schedules, runs that overlap, are killed, and recover
# make test-faults    nights that are killed or cannot write, and the next ones; KILLS=200 EVERY=1 NIGHTS=30 for the whole proof
# make attack   what dishonest and careless users have tried, through the real command on one home, and a table: case, before, now;
#               and the slow proofs that it comes to nothing; HIERARCHIES=500 for the whole proof of open figures, of half an hour
# make test-simulation TEST=tests/golden/gaming   every way to polish figures, played as files on a home; ten minutes
# make test-simulation   a few simulated programmes, honest providers and ones that polish their figures
# make simulate   200 programmes of 60 providers: how many honest ones get a signal, and which ways to polish get none; an hour
# make test-spark     the tables computed on Spark: on Sail, on a cluster of two workers, which are killed; installs PySpark, needs Java
# make test-readers   nights whose files are read by other processes, on Dask; installs it
# make test-remote    inboxes on a real SFTP server and in an S3 service, and nights over SFTP that are killed; installs what they need, and
#                     needs openssh-server; KILL_EVERY=1 for the whole proof, of a quarter of an hour
# make test-open      releases of open figures, validated by frictionless, which it installs
# make install-spark  PySpark, for `suivi compute --engine spark`; make install-dask: Dask, for `suivi nightly --readers`
# make install-sftp   asyncssh, for an inbox at sftp://…; make install-s3: s3fs, for one at s3://…
# make test-guide     the worked changes of CONTRIBUTING.md, followed literally
# make test-browser   every page that people see, in headless Chromium
# make test-mail      whole nights whose mails go out through Debian's exim4
# make fuzz           the tests on random examples, with very many of them; EXAMPLES=60 for more than `make test` tries
# make bench          what a night costs over reading the same files once, and over what others would use: some hours for all of it
# make bench-hostile  what a night costs over 10 MB of each hostile form, over an ordinary file: 20 minutes and more
# make shots          pictures of them at the width of a phone and of a desk, and those of README.md anew
#
# Each does its own set-up in .venv: Python 3.11 or newer is all that a machine needs (on Debian: python3 and
# python3-venv). The first time needs a package index; afterwards nothing does, and set-up is a comparison of two stamps.
#
# CI runs `bash .ci/run`: `make lint test`, the others but for the benches (some in short), then `make demo` in a clean clone, then
# again there with the network cut.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# the extras of pyproject.toml, with a lock each: `make install-spark`
EXTRAS := spark dask sftp s3
SHELL := /bin/bash

# A venv belongs to one folder and one Python (its scripts hold both), and holds what two files say. When either is no
# longer so, it is made or brought up to date. Contents, not dates: a checkout touches files without changing them.
PLACE := $(CURDIR) $(shell $(PYTHON) -c 'import sys; print(sys.executable, *sys.version_info[:3])' 2>&1)
WANTED := $(shell cat requirements.txt pyproject.toml | sha256sum | cut -d" " -f1)
ifneq ($(shell cat $(VENV)/place 2>/dev/null),$(PLACE))
$(VENV)/place: again
endif
ifneq ($(shell cat $(VENV)/installed 2>/dev/null),$(WANTED))
$(VENV)/installed: again
endif

.PHONY: demo test test-fast fuzz test-browser test-mail test-schedules test-faults test-guide attack simulate test-simulation bench bench-hostile shots chromium java lint format lock clean again test-spark test-readers test-remote test-open sshd $(EXTRAS:%=install-%)
.DELETE_ON_ERROR:

demo: $(VENV)/installed
	@$(BIN)/suivi demo $(DEMO)

test: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --ignore tests/faults $(TEST)

# For a loop of edits: no whole nights.
test-fast: $(VENV)/installed
	$(BIN)/python -m pytest -m "not slow and not scale and not browser and not mail and not schedules and not faults and not attack and not guide and not simulate and not spark and not readers and not remote and not frictionless" $(TEST)

# The tests on random examples with very many of them: half an hour.
EXAMPLES ?= 2000
fuzz: $(VENV)/installed
	EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -m hypothesis --numprocesses 2 --dist worksteal $(TEST)

# Each of the two homes is made and looked at by a process of its own.
test-browser: chromium $(VENV)/with-browser
	$(BIN)/python -m pytest -m browser --numprocesses 2 --dist loadgroup $(or $(TEST),tests/browser)

# Needs Debian's exim4-daemon-light, and root, who alone may start it; the tests say so if either is missing.
test-mail: $(VENV)/installed
	$(BIN)/python -m pytest -m mail $(or $(TEST),tests/e2e/test_exim.py)

# KILLS nights are killed at random instants, of all changes to the disk each EVERYth (of 500 at most) fails or is the last, and a history of NIGHTS
# is rebuilt: KILLS=200 EVERY=1 NIGHTS=30 is the whole proof, of some hours. Needs a C compiler, and root, who may fill a disk and
# give folders away; the tests say so.
KILLS ?= 10
EVERY ?= 200
NIGHTS ?= 8
test-faults: $(VENV)/installed
	KILLS=$(KILLS) EVERY=$(EVERY) NIGHTS=$(NIGHTS) $(BIN)/python -m pytest -m faults --numprocesses 2 --dist worksteal $(or $(TEST),tests/faults)

# One process holds the nights of the home that lives through all of it, the others are spread; the folder is named so that its table is
# printed. Slow proofs are marked so too, wherever they stand: what is erased or purged, who may read what, what comes of old homes, that
# patterns are linear.
HIERARCHIES ?= 4
attack: $(VENV)/installed
	HIERARCHIES=$(HIERARCHIES) $(BIN)/python -m pytest -m attack --numprocesses 2 --dist loadgroup $(or $(TEST),tests/attack tests)

test-simulation: $(VENV)/installed
	$(BIN)/python -m pytest -m simulate $(or $(TEST),tests/simulation)

# `make simulate ARGS="--programmes 20 --with-cheats 20 --files 0"` for less; `make simulate ARGS=--help` says more.
simulate: $(VENV)/installed
	@$(BIN)/python -m tests.simulation.simulate $(ARGS)

test-guide: $(VENV)/installed
	$(BIN)/python -m pytest -m guide --numprocesses 2 $(or $(TEST),tests/documents)

# Needs Java, and installs 450 MB. In one process: the cluster is started once. `make test-spark WHICH="spark and not slow"` leaves out
# the worker that dies in the middle and the nights of a home on the cluster.
WHICH ?= spark
test-spark: java $(VENV)/with-spark $(VENV)-sail/installed
	$(BIN)/python -m pytest -m "$(WHICH)" $(or $(TEST),tests/spark)

# Dask, whose workers are killed.
test-readers: $(VENV)/with-dask
	$(BIN)/python -m pytest -m readers $(or $(TEST),tests/readers)

# OpenSSH's server, and moto's, which has a venv of its own. Of the kills of a night over SFTP each KILL_EVERYth is made.
KILL_EVERY ?= 21
test-remote: sshd $(VENV)/with-sftp $(VENV)/with-s3 $(VENV)-moto/installed
	KILL_EVERY=$(KILL_EVERY) $(BIN)/python -m pytest -m remote --numprocesses 2 --dist worksteal $(or $(TEST),tests/remote)

# What publishes has no part in it: frictionless has a venv of its own.
test-open: $(VENV)/installed $(VENV)-frictionless/installed
	$(BIN)/python -m pytest -m frictionless $(or $(TEST),tests/publication)

sshd:
	@[ -x /usr/sbin/sshd ] || { echo "OpenSSH's server is missing. On Debian: apt-get install openssh-server" >&2; exit 1; }

java:
	@command -v java > /dev/null || { echo "Java is missing. On Debian: apt-get install default-jre-headless" >&2; exit 1; }

test-schedules: $(VENV)/installed
	$(BIN)/python -m pytest -m schedules $(or $(TEST),tests/e2e/test_serve.py)

# `make bench SIZES=1000,100000 RUNS=1` for less: what the night is compared with has environments of its own. WRITE=--write puts the
# results into docs/performance.md; ARGS=--help says more.
SIZES ?= 1000,100000,1000000,10000000
RUNS ?= 3
BENCH_PEERS := dbt_duckdb pandas_gx
bench: $(VENV)/installed $(BENCH_PEERS:%=$(VENV)-bench-%/installed)
	@$(BIN)/python -m tests.bench.contest --sizes $(SIZES) --runs $(RUNS) $(WRITE) --dbt-python $(VENV)-bench-dbt_duckdb/bin/python \
	  --pandas-python $(VENV)-bench-pandas_gx/bin/python $(ARGS)

# `make bench-hostile FORMS="--size 1 'all quotes'"` for less.
bench-hostile: $(VENV)/installed
	@$(BIN)/python -m tests.bench.hostile $(FORMS)

# Into the folder SHOTS; `make shots ARGS="--home var"` for those of a home, `ARGS=--all` for all.
SHOTS ?= build/shots
shots: chromium $(VENV)/with-browser
	@$(BIN)/python -m tests.browser.shots $(SHOTS) $(ARGS)

chromium:
	@command -v "$${CHROMIUM:-chromium}" > /dev/null || { echo "Chromium is missing. On Debian: \
	apt-get install chromium fonts-liberation fonts-noto-color-emoji. Elsewhere: CHROMIUM=/path/to/it make …" >&2; exit 1; }

lint: $(VENV)/installed
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

$(VENV)/place:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "suivi needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@$(PYTHON) -c 'import ensurepip' || { echo "This Python cannot make a venv. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@[ "$$(id -u)" != 0 ] || $(PYTHON) deploy/readable_by_all.py "$(CURDIR)"
	$(PYTHON) -m venv --clear $(VENV)
	@echo '$(PLACE)' > $@

# With every version already there pip asks no index, so this works offline too.
$(VENV)/installed: $(VENV)/place
	@echo "Installing what requirements.txt pins (a minute or two the first time)"
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary=:all: -r requirements.txt 2> $(VENV)/pip.log \
	  || { cat $(VENV)/pip.log >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable . 2>> $(VENV)/pip.log \
	  || { cat $(VENV)/pip.log >&2; exit 1; }
	@$(BIN)/python -m compileall -q expectations flows transforms warehouse # a user who may not write here starts as fast
	@$(BIN)/python -c 'from transforms.pages.templating import compile_all; compile_all()'
	@echo '$(WANTED)' > $@

# Playwright, which drives Chromium, and axe-core.
$(VENV)/with-browser: tests/browser/requirements.txt $(VENV)/installed
	@echo "Installing what $< pins"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --only-binary=:all: -r $<
	@touch $@

# What an extra adds, in the same venv. pyspark is published as its sources alone, which hold the jars; what builds it is pinned.
$(VENV)/with-%: requirements/%.txt $(VENV)/installed
	@echo "Installing what requirements/$*.txt pins"
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary=:all: --no-binary=pyspark --no-build-isolation -r $<
	@touch $@

$(EXTRAS:%=install-%): install-%: $(VENV)/with-%

$(VENV)-sail/installed: tests/spark/sail.txt | $(VENV)/place
	$(PYTHON) -m venv --clear $(VENV)-sail
	@$(VENV)-sail/bin/python -m pip install --quiet --require-hashes --only-binary=:all: --no-binary=pyspark-client -r $<
	@touch $@

$(VENV)-moto/installed: tests/remote/moto.txt | $(VENV)/place
	$(PYTHON) -m venv --clear $(VENV)-moto
	@$(VENV)-moto/bin/python -m pip install --quiet --require-hashes --only-binary=:all: -r $<
	@touch $@

$(VENV)-frictionless/installed: tests/publication/frictionless.txt | $(VENV)/place
	$(PYTHON) -m venv --clear $(VENV)-frictionless
	@$(VENV)-frictionless/bin/python -m pip install --quiet --require-hashes --only-binary=:all: -r $<
	@touch $@

$(VENV)-bench-%/installed: tests/bench/contest/peers/%.txt | $(VENV)/place
	$(PYTHON) -m venv --clear $(VENV)-bench-$*
	@$(VENV)-bench-$*/bin/python -m pip install --quiet --require-hashes --only-binary=:all: -r $<
	@touch $@

# The pins again from pyproject.toml, for every platform and Python from 3.11, existing pins kept where they still fit
# (`make lock LOCK=--upgrade` for newer ones). uv has a venv of its own: it is a tool for this file, not a dependency.
# Extras stay in the pins: where they are left out, pip before 23.3 looks for `coverage[toml]` beside the pin of `coverage`,
# takes the newest, and finds no hash for it on the day that a new one appears.
# For the same reason a package that is wanted with extras and without them (sqlalchemy) is pinned both ways.
define WITHOUT_EXTRAS
import re, sys; \
text = open(sys.argv[1]).read(); \
pin = re.compile(r"^([a-z0-9-]+)\[[^]]*\](==.*?\n(?=\S|\Z))", re.M | re.S); \
open(sys.argv[1], "w").write(pin.sub(lambda found: found[0] + found[1] + found[2], text))
endef

define OF_EXTRA
import sys, tomllib; \
print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"][sys.argv[1]], sep="\n")
endef

COMPILE = env -u UV_INDEX -u UV_FIND_LINKS $(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-strip-extras --no-config --quiet $(LOCK)

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet uv==0.13.9
	$(COMPILE) pyproject.toml --extra dev -o requirements.txt
	$(PYTHON) -c '$(WITHOUT_EXTRAS)' requirements.txt
	set -e; for extra in $(EXTRAS); do $(PYTHON) -c '$(OF_EXTRA)' $$extra \
	  | $(COMPILE) - --constraint requirements.txt -o requirements/$$extra.txt; $(PYTHON) -c '$(WITHOUT_EXTRAS)' requirements/$$extra.txt; done
	set -e; for other in $(BENCH_PEERS:%=tests/bench/contest/peers/%) tests/spark/sail tests/remote/moto tests/publication/frictionless; do $(COMPILE) $$other.in -o $$other.txt; done

clean:
	rm -rf $(VENV) $(VENV)-lock $(VENV)-sail $(VENV)-moto $(VENV)-frictionless $(VENV)-bench-* build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache .coverage*
