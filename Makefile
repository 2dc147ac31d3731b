# The guide's verbs. `make serve` and `make test` do all their set-up themselves.
PYTHON ?= python3
PORT ?= 8000
PY = .venv/bin/python
# Silences Material's notice about MkDocs 2, which this site does not use.
export NO_MKDOCS_2_WARNING = 1

.PHONY: help serve check test notebooks bench upgrade lock
help:
	@echo "make serve      the site on http://127.0.0.1:$(PORT)/ with live reload (PORT=8001 for another port)"
	@echo "make check      lint, facts, strict build, pages, stamps: no model, no browser"
	@echo "make test       everything, as the continuous integration runs it"
	@echo "make notebooks  run the notebooks whose source, data or libraries changed"
	@echo "make bench      cost of a build and of a first visit"
	@echo "make upgrade    what is no longer true on the newest releases (WITH=transformers==5.20.0: on that one)"
	@echo "make lock       write requirements.lock anew"

serve:
	@$(PYTHON) tools/env.py site
	@$(PY) tools/serve.py $(PORT)

check:
	@$(PYTHON) tools/env.py test
	@$(PY) tools/parts.py check

test:
	@$(PYTHON) tools/env.py test
	@$(PY) tools/parts.py test

notebooks:
	@$(PYTHON) tools/env.py test
	@$(PY) tools/notebooks.py run

bench:
	@$(PYTHON) tools/env.py test
	@$(PY) tools/bench.py

upgrade:
	@$(PYTHON) tools/upgrade.py $(WITH)

# Written anew after requirements.txt changed.
lock:
	@$(PYTHON) tools/env.py test
	@$(PY) -m pip install --quiet uv
	@$(PY) -m uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements.txt -o requirements.lock
