# Rules of the screen. Its arithmetic needs libm.
LDLIBS += -lm

# The catalogue translators start from.
pot: build/locale/karcis.pot
build/locale/karcis.pot: firmware/core/msg.def
	@mkdir -p $(@D)
	xgettext --language=C --from-code=UTF-8 -kMSG:2 --no-location \
	    --package-name=karcis -o $@ $<

# Pictures of every screen, panel and language: build/screens/*.png
$(B)/ui-bench: $(B)/tests/bench/ui_bench.o $(B)/tests/bench/ui_screens.o $(B)/tests/bench/ui_gate_screens.o $(B)/tests/bench/ui_tech_screens.o $(LIBS)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS)
screens: $(B)/ui-bench catalogues
	@mkdir -p build/screens
	SDL_VIDEODRIVER=dummy $(B)/ui-bench pictures build/screens id & \
	SDL_VIDEODRIVER=dummy $(B)/ui-bench pictures build/screens en && wait $$!
bench-ui: $(B)/ui-bench catalogues
	xvfb-run -a -s '-screen 0 1080x1920x24' $(B)/ui-bench figures

.PHONY: pot screens bench-ui

# The splash's words, kept as a mask: `make splash-words` draws them anew.
$(B)/ui/splash.o: assets/splash.png
$(B)/splash-words: $(B)/tests/bench/splash_words.o $(B)/libui.a $(B)/libcore.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
splash-words: $(B)/splash-words
	$(B)/splash-words assets/splash.png

.PHONY: splash-words
