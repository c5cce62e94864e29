# Scanner: the fuzz target (clang's libFuzzer) and the emulated wedge.
FUZZ_S = 20
$(B)/fuzz/scan_fuzz: tests/fuzz/scan_fuzz.c firmware/core/scan.c firmware/core/str.c
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -std=c17 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $^

fuzz-scan: $(B)/fuzz/scan_fuzz
	@$< -max_total_time=$(FUZZ_S) -max_len=512 -verbosity=0 -print_final_stats=1

.PHONY: fuzz-scan
