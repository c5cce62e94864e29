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

install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/share/karcis \
	    $(DESTDIR)$(prefix)/lib/systemd/system $(DESTDIR)$(prefix)/libexec/karcis \
	    $(DESTDIR)$(prefix)/share/doc/karcis $(DESTDIR)$(prefix)/share/man/man1
	install -m 755 $(B)/karcis $(B)/karcis-ctl $(B)/karcis-hub $(DESTDIR)$(prefix)/bin
	install -m 755 $(B)/karcis-link $(DESTDIR)$(prefix)/libexec/karcis
	install -m 644 assets/units/*.service $(DESTDIR)$(prefix)/lib/systemd/system
	install -m 644 assets/example/* $(DESTDIR)$(prefix)/share/karcis
	install -m 644 README.md COPYING docs/*.md $(DESTDIR)$(prefix)/share/doc/karcis
	for m in docs/*.1; do [ ! -f $$m ] || install -m 644 $$m $(DESTDIR)$(prefix)/share/man/man1; done
	for l in build/locale/*; do \
	    install -d $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; \
	    install -m 644 $$l/LC_MESSAGES/karcis.mo \
	        $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; done

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

.PHONY: test lint demo demo-office run fresh install fuzz-build fuzz-rooms rooms
