# dockbench: each target is one readable line; the work is done by the dockbench command.
PYTHON     ?= python3
EXPERIMENT ?= progression
ARGS       ?=
PROJECT    ?= .
DOCKBENCH  := .venv/bin/dockbench

# Byte code of the tests is worth keeping: without it every run compiles them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup bench test test-unit mutants figures compare lint lock clean

setup: $(DOCKBENCH)

$(DOCKBENCH): requirements.lock pyproject.toml
	@$(PYTHON) runner/bootstrap.py .venv requirements.lock

bench: $(DOCKBENCH)  ## sweep an experiment: make bench [EXPERIMENT=progression] [ARGS="hydra overrides"]
	@$(DOCKBENCH) bench experiment=$(EXPERIMENT) $(ARGS)

# An engine that tests start looks for garbage less often: that is a third of what its many short
# processes take.
test: export GOGC = 400
test: $(DOCKBENCH)  ## unit, property, engine and end-to-end tests
	.venv/bin/pytest tests

test-unit: $(DOCKBENCH)  ## only what needs no engine
	.venv/bin/pytest tests/unit

mutants: $(DOCKBENCH)  ## which small faults in the core no test notices (an hour or two; not part of make test)
	.venv/bin/mutmut run && .venv/bin/mutmut results

figures: $(DOCKBENCH)  ## tables and figures again, from the records alone: yours, else the reference run's
	@$(DOCKBENCH) report $(if $(wildcard results/$(EXPERIMENT)/records),results,results/reference)/$(EXPERIMENT)

compare: $(DOCKBENCH)  ## measured alternatives for a project of yours: make compare PROJECT=PATH
	@$(DOCKBENCH) compare $(PROJECT)

lint: $(DOCKBENCH)
	.venv/bin/ruff check && .venv/bin/ruff format --check && .venv/bin/mypy

lock:  ## resolve requirements.lock anew (needs uv)
	uv pip compile --no-config --universal --no-header --no-annotate --generate-hashes --python-version 3.11 --extra dev -o requirements.lock pyproject.toml

clean: $(DOCKBENCH)  ## remove what dockbench made on the engine and in its cache
	@$(DOCKBENCH) clean --all && rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants
