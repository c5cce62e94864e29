# `make bench`: every figure in one table. Judges none; fails on a crash only.
$(B)/paper-bench: $(B)/tests/bench/paper_bench.o $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

HUB_BENCH_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/hub_bench*.c))
HUB_BENCH_LIBS = $(B)/libhub.a $(B)/liblink.a $(B)/libstore.a $(B)/libcore.a
$(B)/hub-bench: $(HUB_BENCH_OBJ) $(HUB_BENCH_LIBS)
	$(CC) $(LDFLAGS) -o $@ $(HUB_BENCH_OBJ) -Wl,--start-group $(HUB_BENCH_LIBS) -Wl,--end-group $(LDLIBS)

bench: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all $(B)/store_bench $(B)/gate_bench $(B)/camera-bench $(B)/ui-bench \
	    $(B)/paper-bench $(B)/hub-bench device-printer-build build/device/drm_fake.so \
	    >build/bench-build.log || \
	    { cat build/bench-build.log; exit 1; }
	@bash tests/bench/run.sh $(B)

.PHONY: bench
