# The whole machine in QEMU: its USB devices and its tests.
APPLIANCE = build/appliance
APPLIANCE_CC = gcc -D_GNU_SOURCE -std=c17 -O2 -g -Wall -Wextra $(WERROR) -I. \
	       -isystem /usr/include

# What only the image and the emulated machine need.
IMAGE_SETUP = build/setup-image.stamp
$(IMAGE_SETUP): assets/packages-image.txt $(SETUP_STAMP)
	@sh assets/setup.sh assets/packages-image.txt
	@touch $@

$(APPLIANCE)/usb-device $(APPLIANCE)/printer $(APPLIANCE)/guest-probe: \
    | $(IMAGE_SETUP)

$(APPLIANCE)/usb-device: tests/appliance/usb_device.c \
    tests/appliance/redir.c tests/appliance/redir.h
	@mkdir -p $(@D)
	$(Q)$(APPLIANCE_CC) -o $@ $(filter %.c,$^) -lusbredirparser

# The printer emulator with the front that has no use on a desk.
$(APPLIANCE)/printer: tests/appliance/printer_front_usbredir.c \
    tests/appliance/redir.c tests/device/printer_emulator.c \
    tests/device/printer_model.c tests/appliance/redir.h \
    $(wildcard tests/device/printer_*.h)
	@mkdir -p $(@D)
	$(Q)$(APPLIANCE_CC) -DFRONT_USBREDIR -o $@ $(filter %.c,$^) \
	    -lusbredirparser -lpthread

$(APPLIANCE)/guest-probe: tests/appliance/guest_probe.c
	@mkdir -p $(@D)
	$(Q)$(APPLIANCE_CC) -o $@ $<

appliance-devices: $(APPLIANCE)/usb-device $(APPLIANCE)/printer \
    $(APPLIANCE)/guest-probe

$(B)/appliance/layout: $(B)/tests/appliance/layout.o \
    $(B)/tests/bench/ui_screens.o $(B)/tests/bench/ui_tech_screens.o $(LIBS)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

appliance-build: $(SETUP_STAMP) appliance-devices $(B)/karcis-ctl \
    $(B)/device/print-one $(B)/appliance/layout catalogues

# A quarter of an hour on two quiet processors.
test-appliance: image appliance-build
	@bash tests/appliance/run.sh $(B)

# About an hour and a half.
test-appliance-long: image appliance-build
	@bash tests/appliance/run.sh $(B) long

.PHONY: appliance-devices appliance-build test-appliance test-appliance-long
