# `make bundle`: an update bundle of the image's root file system, signed.
#     make bundle ROOTFS=rootfs.squashfs KEY=signer.key CERT=signer.pem KEYRING=keyring.pem
# Without words: what `make image` built, with keys thrown away with build/.
ifndef TEST_KEYS
TEST_KEYS = build/pki
ROOTFS    ?= build/image/rootfs.squashfs
KEY       ?= $(TEST_KEYS)/signer/signer.key
CERT      ?= $(TEST_KEYS)/signer/signer.pem
KEYRING   ?= $(TEST_KEYS)/keyring.pem
BUNDLE    = build/bundle/karcis-$(VERSION).raucb

$(TEST_KEYS)/keyring.pem: | $(B)/karcis-ctl
	$(Q)sh assets/rauc/test-keys.sh $(B)/karcis-ctl $(TEST_KEYS)

bundle: $(SETUP_STAMP) $(B)/karcis-ctl $(KEYRING)
	@test -f $(ROOTFS) || { echo "no $(ROOTFS): say make image, or make bundle ROOTFS=FILE" >&2; exit 2; }
	@mkdir -p $(dir $(BUNDLE))
	@rm -f $(BUNDLE)
	$(Q)$(B)/karcis-ctl bundle make --key $(KEY) --cert $(CERT) \
	    --keyring $(KEYRING) --image $(ROOTFS) --out $(BUNDLE)

# Sticks with hostile file systems on a real kernel; ten minutes.
test-sticks: $(SETUP_STAMP) $(B)/karcis-update
	@python3 tests/update/hostile_guest.py --build $(B) $(CASES)

.PHONY: bundle test-sticks
endif
