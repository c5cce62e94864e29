# `make bench`: every figure in one table. Judges none; fails on a crash only.
$(B)/paper-bench: $(B)/tests/bench/paper_bench.o $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)

bench: $(SETUP_STAMP)
	@$(MAKE) --no-print-directory all $(B)/store_bench $(B)/ui-bench \
	    $(B)/paper-bench device-printer-build >build/bench-build.log || \
	    { cat build/bench-build.log; exit 1; }
	@bash tests/bench/run.sh $(B)

.PHONY: bench
