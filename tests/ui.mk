# Rules of the screen: its arithmetic needs libm.
LDLIBS += -lm
