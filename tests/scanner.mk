# The scanners' emulator and what drives their drivers alone.
$(B)/device/scanner_wedge: tests/device/scanner_wedge.c $(LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(patsubst -I%,-isystem %,$(shell pkg-config --cflags umockdev-1.0)) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS) $(shell pkg-config --libs umockdev-1.0)

$(B)/device/scanner_lines: tests/device/scanner_lines.c $(LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(patsubst -I%,-isystem %,$(shell pkg-config --cflags umockdev-1.0)) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS) $(shell pkg-config --libs umockdev-1.0) -lcmocka

device-scanner-build: $(B)/device/scanner_wedge $(B)/device/scanner_lines \
    build/device/scanner-emulator

device-scanner:
	@bash tests/device/scanners.sh $(CASES)

.PHONY: device-scanner device-scanner-build

build/device/scanner-emulator: tests/device/scanner_emulator.c
	@mkdir -p $(@D)
	$(Q)gcc -D_GNU_SOURCE -std=c17 -O2 -g -Wall -Wextra $(WERROR) -o $@ $< \
	    $$(pkg-config --cflags --libs umockdev-1.0)
