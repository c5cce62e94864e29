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

# The same with one transfer for a whole job, which libusb splits.
$(B)/device/usb_long.o: drivers/printer/usb.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -DUSB_SLICE_BYTES=131072 -MMD -MP -c -o $@ $<
$(B)/device/print-one-split: $(B)/tests/device/print_one.o $(B)/device/usb_long.o $(LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

device-printer-build: all build/device/printer-emulator \
    build/device/fortified_poll.so $(B)/device/print-one \
    $(B)/device/print-one-split
device-printer: device-printer-build
	@python3 tests/device/printer_test.py --build $(B) $(CASES)

.PHONY: device-printer device-printer-build
