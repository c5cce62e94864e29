# The printer emulator and its tests.
DEVICE_PKGS = umockdev-1.0
EMULATOR = tests/device/printer_emulator.c tests/device/printer_model.c \
	   tests/device/printer_front_usb.c tests/device/printer_front_fd.c

build/device/printer-emulator: $(EMULATOR) $(wildcard tests/device/printer_*.h)
	@mkdir -p $(@D)
	$(Q)gcc -D_GNU_SOURCE -std=c17 -O2 -g -Wall -Wextra $(WERROR) -o $@ \
	    $(EMULATOR) $$(pkg-config --cflags --libs $(DEVICE_PKGS)) -lpthread

build/device/fortified_poll.so: tests/device/fortified_poll.c
	@mkdir -p $(@D)
	$(Q)gcc -std=c17 -O0 -U_FORTIFY_SOURCE -Wall -Wextra $(WERROR) \
	    -shared -fPIC -o $@ $<

$(B)/device/print-one: $(B)/tests/device/print_one.o $(LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

device-printer-build: all build/device/printer-emulator \
    build/device/fortified_poll.so $(B)/device/print-one
device-printer: device-printer-build
	@python3 tests/device/printer_test.py --build $(B) $(CASES)

.PHONY: device-printer device-printer-build
