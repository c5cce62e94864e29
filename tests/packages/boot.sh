#!/bin/bash
# boot.sh ROOT: starts ROOT's systemd as the first process of namespaces
# of its own. Run by `unshare --mount --pid --uts --ipc --net --cgroup --fork`.
# The machine's devices and kernel settings stay out of its reach.
set -euo pipefail
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
cd "$root"
mkdir -p dev proc sys run tmp oldroot
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
mount -t tmpfs tmpfs tmp
while read -r name major minor; do
	mknod -m 666 "dev/$name" c "$major" "$minor"
done <<-END
	null 1 3
	zero 1 5
	full 1 7
	random 1 8
	urandom 1 9
	tty 5 0
END
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . oldroot
cd /
umount -l /oldroot
# As systemd itself does on a machine: else credentials do not come through.
mount --make-rshared /
exec env -i container=karcis-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /sbin/init --unit=multi-user.target
