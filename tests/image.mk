# `make image`: build/image/karcis.img, the disk of an appliance, and
# rootfs.squashfs, what an update bundle carries. `make run-image` starts it in
# a window. IMAGE_VERSION and SECURITY are what /usr/share/karcis/release says.
IMAGE = build/image
IMAGE_VERSION = $(VERSION)
SECURITY = $(shell cat assets/image/security)
IMAGE_KEYRING = $(if $(KEYRING),$(KEYRING),build/pki/keyring.pem)
IMAGE_EPOCH = $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)
IMAGE_ENV = VERSION=$(IMAGE_VERSION) SECURITY=$(SECURITY) \
	    SOURCE_DATE_EPOCH=$(IMAGE_EPOCH) KEYRING=$(IMAGE_KEYRING) \
	    PINS=$(PINS) DATA=$(DATA)

image: deb $(IMAGE_KEYRING)
	@env $(IMAGE_ENV) DEBS=build/deb bash assets/image/build.sh amd64 $(IMAGE)

run-image: image
	@bash assets/image/run.sh $(IMAGE)

test-image: $(SETUP_STAMP)
	@bash tests/image/run.sh

.PHONY: image run-image test-image
