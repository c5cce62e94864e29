# The print-and-camera simulator, its bench and what drives the camera process.
ifndef CAMERA_SIM_OBJ
CAMERA_SIM_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/camera_sim*.c))
CAMERA_LIBS = $(B)/libscanner.a $(B)/libprinter.a $(B)/libcore.a

$(B)/unit/camera_sim_test: $(B)/tests/unit/camera_sim_test.o $(CAMERA_SIM_OBJ) $(CAMERA_LIBS)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(CAMERA_SIM_OBJ) -Wl,--start-group $(CAMERA_LIBS) -Wl,--end-group $(LDLIBS) -lcmocka

$(B)/camera-bench: $(B)/tests/bench/camera_bench.o $(CAMERA_SIM_OBJ) $(CAMERA_LIBS)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(CAMERA_SIM_OBJ) -Wl,--start-group $(CAMERA_LIBS) -Wl,--end-group $(LDLIBS)

# 300 pictures of each kind; fails when a goal is missed. TRIALS=N for others.
bench-camera: $(B)/camera-bench
	$(B)/camera-bench $${TRIALS:-300}

# A few pictures to look at: build/camera/KIND-SEED.pgm
camera-pictures: $(B)/camera-bench
	@mkdir -p build/camera
	$(B)/camera-bench pictures build/camera

$(B)/device/camera-process: $(B)/tests/device/camera_process.o $(CAMERA_SIM_OBJ) $(LIBS)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(CAMERA_SIM_OBJ) -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

build/device/camera_fake.so: tests/device/camera_fake.c
	@mkdir -p $(@D)
	$(Q)gcc -D_GNU_SOURCE -std=c17 -O1 -g -U_FORTIFY_SOURCE -Wall -Wextra $(WERROR) -shared -fPIC -o $@ $<

device-camera-build: $(B)/device/camera-process build/device/camera_fake.so
device-camera:
	@bash tests/device/camera.sh $(CASES)

.PHONY: bench-camera camera-pictures device-camera device-camera-build
endif
