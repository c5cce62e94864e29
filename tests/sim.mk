# The simulator: office-days in virtual time.
ifndef SIM_OBJ
SIM_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard tests/sim/*.c)) \
          $(patsubst %.c,$(B)/%.o,$(wildcard firmware/app/sync/*.c))
SIM_LIBS = $(B)/libhub.a $(B)/libstore.a $(B)/liblink.a $(B)/libcore.a
SIM_WRAP = crypto_sign_detached crypto_sign_verify_detached \
           client_genuine sync_asked

$(B)/sim: $(SIM_OBJ) $(SIM_LIBS)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) $(SIM_WRAP:%=-Wl,--wrap=%) -o $@ $(SIM_OBJ) \
	    -Wl,--start-group $(SIM_LIBS) -Wl,--end-group $(LDLIBS)

# As `make test` runs it.
sim: $(B)/sim
	bash tests/sim/run.sh

# Many more: N seeds from SEED on, 2.5 office-days each, on all cores. 400,000
# seeds are a million office-days: a day and a half on two cores.
#     make sim-million N=1000 SEED=1
sim-million: $(B)/sim
	bash tests/sim/million.sh $(B)/sim $${SEED:-1} $${N:-400000}

.PHONY: sim sim-million
endif
