# The journal under SIGKILL, and the store's figures.
ifndef STORE_LIBS
STORE_LIBS = $(B)/libstore.a $(B)/libcore.a

$(B)/admit_crash: $(B)/tests/crash/admit_crash.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/store_bench: $(B)/tests/bench/store_bench.o $(STORE_LIBS)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

crash: $(B)/admit_crash
	$(B)/admit_crash 60

bench-store: $(B)/store_bench
	$(B)/store_bench

.PHONY: crash bench-store
endif
