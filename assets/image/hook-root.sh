#!/bin/bash
# Makes an appliance of a Debian tree: our packages, a kernel with chosen
# modules, an initramfs, the overlay; and takes away what nobody runs there.
set -euo pipefail
root=$1
: "${ARCH:?}" "${WORK:?}" "${HERE:?}" "${SOURCE_DATE_EPOCH:?}"
# Not in $WORK: in a namespace that belongs to somebody who is not root here.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export APT_CONFIG=${MMDEBSTRAP_APT_CONFIG:?}

own_packages() {
	mkdir "$root/ours"
	cp "$WORK"/ours/*.deb "$root/ours"
	chroot "$root" sh -c 'dpkg -i /ours/*.deb >/dev/null'
	rm -r "$root/ours"
}

# Fetches one package without installing it: its scripts and dependencies are
# for machines that update themselves file by file.
fetch() {
	local cache=$root/var/cache/apt/archives name=$1
	name=$name$([ -z "${PINS:-}" ] || awk -v p="$name" '$1 == p { print "=" $2 }' "$PINS")
	(cd "$cache" && apt-get -qq -o APT::Sandbox::User=root download "$name")
	find "$cache" -name "$1_*.deb" | sort -V | tail -1
}

note() {
	echo "$(dpkg-deb -f "$1" Package)	$(dpkg-deb -f "$1" Version)" >>"$scratch/extra"
}

kernel() {
	local meta name deb version tree=$scratch/kernel
	meta=linux-image-$ARCH
	name=$(apt-cache depends "$meta" | sed -n 's/^ *Depends: *//p' | head -1)
	deb=$(fetch "$name")
	dpkg-deb -x "$deb" "$tree"
	version=${name#linux-image-}
	python3 "$HERE/modules.py" "$tree" "$version" "$HERE/modules.txt" >"$scratch/early"
	mkdir -p "$root/boot" "$root/usr/lib/modules"
	cp "$tree/boot/vmlinuz-$version" "$root/boot/vmlinuz"
	cp -r "$tree/lib/modules/$version" "$root/usr/lib/modules/"
	note "$deb"
	initramfs "$version"
}

initramfs() {
	local version=$1 tree=$scratch/initramfs m file deb
	mkdir -p "$tree/bin" "$tree/lib/modules/$version"
	deb=$(fetch busybox-static)
	dpkg-deb -x "$deb" "$scratch/busybox"
	cp "$scratch/busybox/bin/busybox" "$tree/bin/"
	cp "$HERE/initramfs-init" "$tree/init"
	chmod 755 "$tree/init"
	cp "$scratch/early" "$tree/early"
	cp "$HERE/folders.txt" "$tree/folders"
	cp "$root/usr/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$tree/lib/modules/$version/"
	while read -r m; do
		file=$(tr '-' '_' <"$root/usr/lib/modules/$version/modules.dep" |
		    grep -nE "(^|/)$m\.ko:" | cut -d: -f1)
		sed -n "${file}p" "$root/usr/lib/modules/$version/modules.dep" | tr -d ':'
	done <"$scratch/early" | tr ' ' '\n' | sort -u | grep . | while read -r file; do
		install -D "$root/usr/lib/modules/$version/$file" "$tree/lib/modules/$version/$file"
	done
	depmod -b "$tree" "$version"
	find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$tree" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
	    cpio -0 --quiet --reproducible -o -H newc -R 0:0) |
	    gzip -9n >"$root/boot/initrd.img"
	note "$deb"
}

# RAUC wants one program of GRUB's; make-disk.sh the loader's modules, which
# this machine has for its own architecture only.
boot_state() {
	local deb
	deb=$(fetch grub-common)
	dpkg-deb -x "$deb" "$scratch/grub"
	install -D "$scratch/grub/usr/bin/grub-editenv" "$root/usr/lib/karcis-boot/grub-editenv"
	install -m 755 "$HERE/grub-editenv" "$root/usr/bin/grub-editenv"
	note "$deb"
	[ "$ARCH" != "$(dpkg --print-architecture)" ] || return 0
	deb=$(fetch "grub-efi-$ARCH-bin")
	dpkg-deb -x "$deb" "$scratch/loader"
	mkdir "$root/loader"
	cp -r "$scratch/loader/usr/lib/grub" "$root/loader/grub"
	note "$deb"
}

overlay() {
	cp -r "$HERE/root/." "$root/"
	mkdir -p "$root/data" "$root/boot/esp" "$root/etc/rauc" "$root/etc/karcis" \
	    "$root/usr/share/karcis"
	install -m 644 "$WORK/system.conf" "$WORK/keyring.pem" "$root/etc/rauc/"
	install -m 644 "$WORK/release" "$root/usr/share/karcis/release"
	# Both are bound over by the initramfs.
	echo uninitialized >"$root/etc/machine-id"
	echo karcis >"$root/etc/hostname"
	ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
	ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
	rm -f "$root/var/lib/dbus/machine-id"
	sed -i 's/^root:[^:]*:/root:!:/' "$root/etc/shadow"
}

units() {
	local u=$root/etc/systemd/system name
	for name in getty.target getty@.service serial-getty@.service console-getty.service \
	    autovt@.service container-getty@.service debug-shell.service \
	    ctrl-alt-del.target systemd-networkd-wait-online.service \
	    systemd-firstboot.service systemd-machine-id-commit.service \
	    systemd-remount-fs.service dpkg-db-backup.timer e2scrub_all.timer \
	    e2scrub_reap.service apt-daily.timer apt-daily-upgrade.timer \
	    systemd-hwdb-update.service systemd-update-done.service ldconfig.service; do
		rm -f "$u/$name"
		ln -s /dev/null "$u/$name"
	done
	chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved \
	    systemd-timesyncd karcis-grow
	chroot "$root" systemctl --quiet set-default multi-user.target
}

# No package tools and no interpreter: nothing is installed there file by file.
# No program that takes on its owner's rights: nobody logs in.
strip() {
	chroot "$root" dpkg-query -W >"$root/packages.txt"
	cat "$scratch/extra" >>"$root/packages.txt"
	LC_ALL=C sort -u -o "$root/packages.txt" "$root/packages.txt"
	rm -rf "$root"/usr/share/{doc,man,info,lintian,bug,bash-completion,common-licenses} \
	    "$root"/usr/lib/*/{perl,perl5,perl-base} "$root"/usr/share/perl* "$root"/usr/lib/*/libperl.so.* "$root"/usr/bin/perl* \
	    "$root"/lib/udev/hwdb.{d,bin} "$root"/usr/lib/udev/hwdb.{d,bin} "$root"/etc/udev/hwdb.bin \
	    "$root"/usr/share/i18n "$root"/usr/lib/*/gconv \
	    "$root"/var/lib/{apt,dpkg} "$root"/var/log/* "$root"/var/lib/systemd \
	    "$root"/usr/bin/{apt,dpkg}* "$root"/etc/dpkg "$root"/etc/apt/{sources.list,sources.list.d,trusted.gpg.d,preferences.d} \
	    "$root"/usr/share/zoneinfo/{right,posix}
	find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
	rm -f "$root"/etc/{passwd,group,shadow,gshadow,subuid,subgid}-
}

own_packages
kernel
boot_state
overlay
units
strip
