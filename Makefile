# Karcis. `make demo`, `make test`, `make bench`, `make lint`, `make install`.
# One non-recursive makefile; everything built goes to build/ (FLAVOUR below).

CC       = gcc
# V=1 shows whole commands.
Q        = $(if $(V),,@)
SAN      =
OPT      = -O2 -g
WERROR   = $(if $(CI),-Werror)
VERSION  = 0.4.0
prefix   = /usr
sysconfdir = /etc
localstatedir = /var
DESTDIR  =
comma    := ,
empty    :=
space    := $(empty) $(empty)
FLAVOUR  = $(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(findstring -O0,$(OPT)),-debug)
B        = build/$(FLAVOUR)

# What every fresh machine needs; a missing Debian package is installed here.
SETUP_STAMP = build/setup.stamp
PKGS = sdl2 SDL2_ttf sqlite3 libusb-1.0 libqrencode libpng libsodium \
       libevdev libudev libseccomp jansson x11 libcurl libmicrohttpd libpq \
       zlib zbar libgpiod libdrm libsystemd libcrypto
PKG_CFLAGS = $(patsubst -I%,-isystem %,$(filter-out -D_REENTRANT,$(shell pkg-config --cflags $(PKGS) 2>/dev/null)))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS) 2>/dev/null)

WARN = -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual \
       -Wcast-align -Wpointer-arith -Wwrite-strings -Wstrict-prototypes \
       -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wformat=2 \
       -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference \
       -Wdouble-promotion $(WERROR)
HARDEN = -fstack-protector-strong -fPIE $(if $(SAN),,-U_FORTIFY_SOURCE $(if $(findstring -O0,$(OPT)),,-D_FORTIFY_SOURCE=2))
SANFLAGS = $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CPPFLAGS = -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I. \
           -DKARCIS_VERSION='"$(VERSION)"' \
           -DKARCIS_LOCALEDIR='"$(prefix)/share/locale"' \
           -DKARCIS_LIBEXECDIR='"$(prefix)/libexec/karcis"'
CFLAGS   = -std=c17 -pedantic $(OPT) $(WARN) $(HARDEN) $(SANFLAGS) $(PKG_CFLAGS)
LDFLAGS  = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANFLAGS)
LDLIBS   = $(PKG_LIBS) -lm $(EXTRA_LIBS)

ROOMS = core store link hub update printer scanner relay ui app
DIR_core = firmware/core
DIR_store = firmware/store
DIR_link = firmware/link
DIR_hub = firmware/hub
DIR_update = firmware/update
DIR_printer = drivers/printer
DIR_scanner = drivers/scanner
DIR_relay = drivers/relay
DIR_ui = ui
DIR_app = firmware/app
# Mains stand in firmware/app as main_<program>.c and are in no archive.
SRC = $(foreach r,$(ROOMS),$(filter-out firmware/app/main_%,$(wildcard $(DIR_$(r))/*.c $(DIR_$(r))/*/*.c)))
MAINS = $(wildcard firmware/app/main_*.c)
PROGRAMS = $(patsubst firmware/app/main_%.c,$(B)/%,$(subst _,-,$(notdir $(MAINS))))
PROGRAMS := $(foreach m,$(MAINS),$(B)/$(subst _,-,$(patsubst main_%,%,$(basename $(notdir $(m))))))
LIBS = $(foreach r,app ui printer scanner relay store link hub update core,$(if $(wildcard $(DIR_$(r))/*.c),$(B)/lib$(r).a))
UNIT_SRC = $(wildcard tests/unit/*_test.c)
UNIT = $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

all: $(PROGRAMS) catalogues

$(SETUP_STAMP): assets/packages.txt
	@mkdir -p build
	@sh assets/setup.sh
	@touch $@

setup: $(SETUP_STAMP)

define room_rule
$(B)/lib$(1).a: $$(patsubst %.c,$(B)/%.o,$$(filter-out firmware/app/main_%,$$(wildcard $(DIR_$(1))/*.c $(DIR_$(1))/*/*.c)))
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define program_rule
$(B)/$(subst _,-,$(patsubst main_%,%,$(basename $(notdir $(1))))): $(B)/$(1:.c=.o) $(LIBS)
	@echo "  LD $$@"
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$< -Wl,--start-group $$(LIBS) -Wl,--end-group $$(LDLIBS)
endef
$(foreach m,$(MAINS),$(eval $(call program_rule,$(m))))

$(B)/unit/%: $(B)/tests/unit/%.o $(LIBS)
	@mkdir -p $(@D)
	@echo "  LD $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(LDLIBS) -lcmocka

# What needs a PostgreSQL server is run by tests/hub/store.sh, which has one.
unit: $(UNIT)
	@sh tests/run-unit.sh $(filter-out %/hub_postgres_test,$(UNIT))

PO = $(wildcard assets/locale/*.po)
catalogues: $(PO:assets/locale/%.po=build/locale/%/LC_MESSAGES/karcis.mo)
build/locale/%/LC_MESSAGES/karcis.mo: assets/locale/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

-include $(wildcard tests/*.mk)
-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: all setup unit catalogues
