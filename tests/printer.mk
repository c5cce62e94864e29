# The printer under umockdev, and the fuzz targets of what a printer says.
DEVICE_PKGS = umockdev-1.0

$(B)/device/usb-printer: tests/device/usb_printer.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c17 -O1 -g -Wall -Wextra -o $@ $< \
	    $$(pkg-config --cflags --libs $(DEVICE_PKGS))

$(B)/device/print-one: $(B)/tests/device/print_one.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

device-printer: $(B)/device/usb-printer $(B)/device/print-one
	@python3 tests/device/printer_test.py $(B)/device $(SAN)

$(B)/fuzz/status: tests/fuzz/status_fuzz.c drivers/printer/status.c firmware/core/str.c
	@mkdir -p $(@D)
	clang -std=c17 -O1 -g -I. -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $^

fuzz-status: $(B)/fuzz/status
	@mkdir -p build/corpus/status
	@$(B)/fuzz/status -max_total_time=$(or $(FUZZ_S),20) -max_len=512 \
	    build/corpus/status >$(B)/fuzz/status.log 2>&1 || \
	    { cat $(B)/fuzz/status.log; exit 1; }
	@tail -n 1 $(B)/fuzz/status.log

.PHONY: device-printer fuzz-status
