# The screen and touch screens on an emulated kernel.
UMOCKDEV_FLAGS = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags umockdev-1.0))
$(B)/device/touch_lines: tests/device/touch_lines.c tests/device/touch_kernel.h tests/device/drm_fake.c $(B)/libui.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(UMOCKDEV_FLAGS) $(LDFLAGS) -o $@ $< $(filter %.a,$^) $(LDLIBS) $(shell pkg-config --libs umockdev-1.0) -lcmocka

# The card for a program; not sanitized, as what is preloaded may not be.
build/device/drm_fake.so: tests/device/drm_fake.c tests/device/drm_fake.h
	@mkdir -p $(@D)
	$(Q)gcc -D_GNU_SOURCE -std=c17 -O2 -g -Wall -Wextra $(WERROR) -fPIC -shared -o $@ $< \
	    $$(pkg-config --cflags libdrm)

build/device/touch-emulator: tests/device/touch_emulator.c tests/device/touch_kernel.h
	@mkdir -p $(@D)
	$(Q)gcc -D_GNU_SOURCE -std=c17 -O2 -g -Wall -Wextra $(WERROR) -o $@ $< \
	    $$(pkg-config --cflags --libs umockdev-1.0)

device-touch-build: $(B)/device/touch_lines build/device/drm_fake.so build/device/touch-emulator
device-touch:
	@bash tests/device/touch.sh

.PHONY: device-touch device-touch-build
