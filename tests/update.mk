# Updates on a developer's machine: see tests/update/run.sh.
test-update: $(SETUP_STAMP)
	@bash tests/update/run.sh

.PHONY: test-update
