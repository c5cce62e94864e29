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
	@$(MAKE) --no-print-directory appliance-devices
	@python3 tests/image/window.py $(IMAGE)/karcis.img $(IMAGE)/run $(RUN_ARGS)

test-image: $(SETUP_STAMP)
	@bash tests/image/run.sh

test-image-twice: image
	@env $(IMAGE_ENV) DEBS=build/deb bash tests/image/twice.sh

# The same for arm64, as far as it goes without a board: docs/DESIGN.md.
image-arm64: $(SETUP_STAMP) $(IMAGE_KEYRING)
	@SOURCE_DATE_EPOCH=$(IMAGE_EPOCH) bash assets/image/cross-debs.sh arm64 build/deb-arm64
	@env $(IMAGE_ENV) DEBS=build/deb-arm64 bash assets/image/build.sh arm64 $(IMAGE)-arm64

.PHONY: image run-image test-image test-image-twice image-arm64
