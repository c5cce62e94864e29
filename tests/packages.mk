# `make deb`: Debian packages in build/deb/, from a copy of the tree so that
# nothing else that is being built there matters.
DEB_DIR = build/deb
DEB_PARTS = Makefile README.md COPYING assets docs drivers firmware ui \
	    $(wildcard tests/*.mk)
# The compiler's cache, where there is one, makes a second build quick.
DEB_CC = $(if $(shell command -v ccache),ccache gcc,gcc)

deb: $(SETUP_STAMP)
	@bash assets/debian/build.sh $(VERSION) $(DEB_DIR) "$(DEB_CC)" $(DEB_PARTS)

test-packages: $(SETUP_STAMP)
	@bash tests/packages/run.sh

.PHONY: deb test-packages
