# The journal under SIGKILL, power cuts under both stores, and their figures.
ifndef STORE_LIBS
STORE_LIBS = $(B)/libstore.a $(B)/libcore.a

$(B)/admit_crash: $(B)/tests/crash/admit_crash.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/store_bench: $(B)/tests/bench/store_bench.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/gate_bench: $(B)/tests/bench/gate_bench.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

crash: $(B)/admit_crash
	$(B)/admit_crash 60

bench-store: $(B)/store_bench
	$(B)/store_bench

POWERCUT_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard tests/crash/powercut*.c) tests/crash/cut_vfs.c)

$(B)/powercut: $(POWERCUT_OBJ) $(B)/libstore.a $(B)/libcore.a
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

powercut: $(B)/powercut
	$(B)/powercut

.PHONY: powercut

.PHONY: crash bench-store
endif
