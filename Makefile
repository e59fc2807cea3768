# The two commands are `make run` and `make test`. Each works alone on a machine with Python 3.11 or newer, pip and make.
# The same steps without make (Windows): python run.py run, python run.py test.
PYTHON ?= python3
ARGS ?=

.PHONY: run test lab lint lock environment clean
run test lab lint lock environment clean:
	@$(PYTHON) run.py $@ $(ARGS)
.DEFAULT_GOAL := run
