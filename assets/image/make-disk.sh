#!/bin/bash
# make-disk.sh ARCH OUT: OUT/karcis.img from OUT/rootfs.squashfs: a GPT disk with
# the EFI partition, two slots that both hold the system, and an empty data
# partition that grows to the disk's end when it is first started. No loop
# device and no mount.
# DATA=FILE: a data partition made by make-data.sh instead of the empty one.
set -euo pipefail
arch=$1
out=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
: "${SOURCE_DATE_EPOCH:?}"
export SOURCE_DATE_EPOCH MTOOLS_SKIP_CHECK=1 TZ=UTC0

case $arch in
amd64) grub=x86_64-efi boot=BOOTX64.EFI serial=ttyS0,115200 ;;
arm64) grub=arm64-efi boot=BOOTAA64.EFI serial=ttyAMA0 ;;
*) echo "make-disk: no architecture $arch" >&2; exit 2 ;;
esac
ESP_MB=64
SLOT_MB=512
size=$(stat -c %s "$out/rootfs.squashfs")
[ "$size" -le $((SLOT_MB << 20)) ] || {
	echo "make-disk: the root file system has $size bytes, a slot $SLOT_MB MB" >&2
	exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The loader: only these modules, all in its one file, and no way to a shell.
# Those of another architecture were put beside the root file system.
modules="part_gpt fat squash4 gzio normal linux echo test sleep reboot loadenv regexp datehook smbios efi_gop"
lib=$out/grub/$grub
[ -d "$lib" ] || lib=/usr/lib/grub/$grub
# shellcheck disable=SC2086 # a list of modules
grub-mkimage -O $grub -d "$lib" -p /EFI/karcis \
    -o "$work/$boot" $modules
sed "s|@CMDLINE@|$(tr '\n' ' ' <"$here/cmdline.txt" | sed 's/ *$//')|; s|@SERIAL@|$serial|" "$here/grub.cfg" >"$work/grub.cfg"
grub-editenv "$work/grubenv" create
grub-editenv "$work/grubenv" set ENV=1 "ORDER=A B" A_OK=1 A_TRY=0 B_OK=1 B_TRY=0 \
    "SEEN=A B" A_PROVEN=1 B_PROVEN=1

esp=$work/esp
truncate -s "${ESP_MB}M" "$esp"
mkfs.vfat --invariant -F 32 -s 1 -n KARCIS -i 4b415243 "$esp" >/dev/null
find "$work" -type f -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/karcis
mcopy -m -i "$esp" "$work/$boot" ::/EFI/BOOT/
for f in grub.cfg grubenv; do mcopy -m -i "$esp" "$work/$f" ::/EFI/karcis/; done
mcopy -m -i "$esp" "$work/grubenv" ::/EFI/karcis/grubenv.spare

data=${DATA:-$work/data}
[ -n "${DATA:-}" ] || bash "$here/make-data.sh" "" "$data"
data_mb=$(($(stat -c %s "$data") >> 20))

img=$out/karcis.img
rm -f "$img"
truncate -s $(((1 + ESP_MB + 2 * SLOT_MB + data_mb + 1) << 20)) "$img"
sfdisk -q --wipe never "$img" <<-PARTS
	label: gpt
	label-id: 6B617263-6973-4449-8B00-000000000000
	first-lba: 2048
	start=1MiB, size=${ESP_MB}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=6B617263-6973-4449-8B00-000000000001, name=esp
	size=${SLOT_MB}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=6B617263-6973-4449-8B00-000000000002, name=karcis-a
	size=${SLOT_MB}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, uuid=6B617263-6973-4449-8B00-000000000003, name=karcis-b
	size=${data_mb}MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=6B617263-6973-4449-8B00-000000000004, name=karcis-data
PARTS
put() { dd if="$1" of="$img" bs=1M seek="$2" conv=notrunc,sparse status=none; }
put "$esp" 1
put "$out/rootfs.squashfs" $((1 + ESP_MB))
put "$out/rootfs.squashfs" $((1 + ESP_MB + SLOT_MB))
put "$data" $((1 + ESP_MB + 2 * SLOT_MB))
