# What `make test`, `make lint`, `make bench`, `make demo`, `make fresh` and
# `make install` do. Included by the Makefile.

test: $(SETUP_STAMP)
	@bash tests/run.sh

lint: $(SETUP_STAMP)
	@bash tests/lint/lint.sh

demo: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all
	@python3 assets/demo/demo.py --build $(B)

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
	    $(DESTDIR)$(prefix)/share/doc/karcis $(DESTDIR)$(prefix)/share/man/man1
	install -m 755 $(B)/karcis $(B)/karcis-ctl $(DESTDIR)$(prefix)/bin
	install -m 644 assets/example/* $(DESTDIR)$(prefix)/share/karcis
	install -m 644 README.md COPYING docs/*.md $(DESTDIR)$(prefix)/share/doc/karcis
	for m in docs/*.1; do [ ! -f $$m ] || install -m 644 $$m $(DESTDIR)$(prefix)/share/man/man1; done
	for l in build/locale/*; do \
	    install -d $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; \
	    install -m 644 $$l/LC_MESSAGES/karcis.mo \
	        $(DESTDIR)$(prefix)/share/locale/$$(basename $$l)/LC_MESSAGES; done

# Fuzz targets: tests/fuzz/NAME_fuzz.c, libFuzzer, clang.
FUZZ_SECONDS = 20
FUZZ_SRC = $(wildcard tests/fuzz/*_fuzz.c)
fuzz-build: $(patsubst tests/fuzz/%.c,build/fuzz/%,$(FUZZ_SRC))
build/fuzz/%: tests/fuzz/%.c $(SRC)
	@mkdir -p build/fuzz
	@$(MAKE) --no-print-directory CC=clang SAN=address,undefined,fuzzer-no-link LIBS_ONLY=1 fuzz-libs >/dev/null
	clang $(CPPFLAGS) $(CFLAGS) -fsanitize=address,undefined,fuzzer -fno-sanitize-recover=all -o $@ $< \
	    -Wl,--start-group $(patsubst $(B)/%,build/clang-address-undefined-fuzzer-no-link/%,$(LIBS)) -Wl,--end-group $(LDLIBS)
fuzz-libs: $(LIBS)

.PHONY: test lint demo run fresh install fuzz-build fuzz-libs
