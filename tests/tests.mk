# What `make test`, `make lint`, `make bench`, `make demo`, `make fresh` and
# `make install` do. Included by the Makefile.

test: $(SETUP_STAMP)
	@bash tests/run.sh

test-valgrind: $(SETUP_STAMP)
	@bash tests/device/valgrind.sh

lint: $(SETUP_STAMP)
	@bash tests/lint/lint.sh

demo: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all
	@python3 assets/demo/demo.py --build $(B)

demo-office: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all
	@python3 assets/demo/demo_office.py --build $(B)

run: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all
	@test -n "$(CONFIG)" || { echo "say: make run CONFIG=FILE" >&2; exit 2; }
	$(B)/karcis --config $(CONFIG) --window 540x960

fresh:
	@bash tests/fresh.sh

compile_commands.json: Makefile
	@$(MAKE) -Bn V=1 all CC=$(CC) | python3 tests/lint/compile_commands.py > $@

# What people call is in bin, what units and programs call in libexec.
IN_LIBEXEC = $(filter %/karcis-link %/karcis-update %/karcis-splash,$(PROGRAMS))
UNITDIR = $(DESTDIR)$(prefix)/lib/systemd/system
COMPLETIONS = $(DESTDIR)$(prefix)/share/bash-completion/completions
install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/share/karcis/units \
	    $(UNITDIR) $(DESTDIR)$(prefix)/libexec/karcis $(COMPLETIONS) \
	    $(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d \
	    $(DESTDIR)$(prefix)/lib/udev/rules.d \
	    $(DESTDIR)$(prefix)/share/doc/karcis $(DESTDIR)$(prefix)/share/man/man1
	install -m 755 $(filter-out $(IN_LIBEXEC),$(PROGRAMS)) $(DESTDIR)$(prefix)/bin
	install -m 755 $(IN_LIBEXEC) $(DESTDIR)$(prefix)/libexec/karcis
	install -m 644 assets/units/*.service assets/units/*.socket $(UNITDIR)
	install -m 644 assets/units/examples/* $(DESTDIR)$(prefix)/share/karcis/units
	install -m 644 assets/units/system/sysusers.d/* $(DESTDIR)$(prefix)/lib/sysusers.d
	install -m 644 assets/units/system/tmpfiles.d/karcis.conf $(DESTDIR)$(prefix)/lib/tmpfiles.d
	install -m 644 assets/udev/*.rules $(DESTDIR)$(prefix)/lib/udev/rules.d
	install -m 644 assets/completion/karcis $(COMPLETIONS)
	ln -sf karcis $(COMPLETIONS)/karcis-ctl
	ln -sf karcis $(COMPLETIONS)/karcis-hub
	install -m 644 assets/example/* $(DESTDIR)$(prefix)/share/karcis
	install -m 644 README.md COPYING docs/*.md $(DESTDIR)$(prefix)/share/doc/karcis
	for m in docs/*.1; do [ ! -f $$m ] || install -m 644 $$m $(DESTDIR)$(prefix)/share/man/man1; done
	for l in build/locale/*; do [ -d $$l ] || continue; \
	    install -d $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; \
	    install -m 644 $$l/LC_MESSAGES/karcis.mo \
	        $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; done

# What makes a whole machine a terminal: the limits of its log, no logins, no
# magic key, a closed-in RAUC, and our units started. Not for somebody's PC.
install-appliance:
	install -d $(addprefix $(DESTDIR)$(prefix)/lib/,sysctl.d tmpfiles.d modules-load.d \
	    systemd/journald.conf.d systemd/logind.conf.d) \
	    $(UNITDIR)/rauc.service.d $(UNITDIR)/multi-user.target.wants \
	    $(UNITDIR)/sockets.target.wants $(UNITDIR)/sysinit.target.wants \
	    $(DESTDIR)$(prefix)/share/dbus-1/system.d
	install -m 644 assets/units/system/sysctl.d/* $(DESTDIR)$(prefix)/lib/sysctl.d
	install -m 644 assets/units/system/modules-load.d/* $(DESTDIR)$(prefix)/lib/modules-load.d
	install -m 644 assets/units/system/tmpfiles.d/karcis-appliance.conf $(DESTDIR)$(prefix)/lib/tmpfiles.d
	install -m 644 assets/units/system/journald.conf.d/* $(DESTDIR)$(prefix)/lib/systemd/journald.conf.d
	install -m 644 assets/units/system/logind.conf.d/* $(DESTDIR)$(prefix)/lib/systemd/logind.conf.d
	install -m 644 assets/units/system/dbus-1/* $(DESTDIR)$(prefix)/share/dbus-1/system.d
	install -m 644 assets/units/rauc.service.d/* $(UNITDIR)/rauc.service.d
	ln -sf ../karcis.service ../karcis-update.service $(UNITDIR)/multi-user.target.wants
	ln -sf ../karcis-link.socket ../karcis-update.socket $(UNITDIR)/sockets.target.wants
	ln -sf ../karcis-splash.service $(UNITDIR)/sysinit.target.wants

# Fuzz targets: tests/fuzz/NAME_fuzz.c, libFuzzer, clang. The rooms are built
# once, as a flavour of their own.
FUZZ_SRC = $(wildcard tests/fuzz/*_fuzz.c)
FUZZ_B = build/clang-address-undefined-fuzzer-no-link
FUZZ_LIBS = $(patsubst $(B)/%,$(FUZZ_B)/%,$(LIBS))
fuzz-build: $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
fuzz-rooms:
	$(Q)$(MAKE) --no-print-directory CC=clang \
	    SAN=address,undefined,fuzzer-no-link rooms
rooms: $(LIBS)
build/fuzz/%: tests/fuzz/%.c fuzz-rooms
	@mkdir -p build/fuzz
	@echo "  LD $@"
	$(Q)clang $(CPPFLAGS) -std=c17 -O1 -g $(PKG_CFLAGS) \
	    -fsanitize=address,undefined,fuzzer -fno-sanitize-recover=all \
	    -o $@ $< -Wl,--start-group $(FUZZ_LIBS) -Wl,--end-group $(LDLIBS)

.PHONY: test lint demo demo-office run fresh install install-appliance fuzz-build fuzz-rooms rooms
