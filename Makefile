# The two commands are `make run` and `make test`. Each works alone on a machine with Python 3.11 or newer, pip and make.
# The same steps without make (Windows): python run.py run, python run.py test.
PYTHON ?= python3
ARGS ?=
# Your own file of persons, and what its columns mean: make run DATA=youths.csv MAP=map.toml
OWN = $(if $(DATA),--data "$(DATA)") $(if $(MAP),--map "$(MAP)")

.PHONY: run test lab html lint lock environment clean
run:
	@$(PYTHON) run.py run $(OWN) $(ARGS)
test lab html lint lock environment clean:
	@$(PYTHON) run.py $@ $(ARGS)
.DEFAULT_GOAL := run
