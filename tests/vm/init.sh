#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: MIT
# First process of the virtual machine: the build machine's root, read-only, under
# a writable overlay, then the guest program in it; then the machine ends.
b=/bin/busybox
$b mkdir -p /proc /sys /dev /lower /top /new /k
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
echo "vm: init $($b uname -r)"

stop()
{
	echo "vm: $1"
	$b sync
	$b reboot -f
}

[ -n "$vm_probe" ] && stop "probe done"

while read -r m; do
	$b insmod "/modules/$m" || stop "cannot load $m"
done < /modules/order

opt=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o $opt,ro,cache=loose root /lower || stop "no root share"
$b mount -t 9p -o $opt,ro,cache=loose kernel /k || stop "no kernel share"
$b mount -t tmpfs tmpfs /top
$b mkdir /top/upper /top/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/top/upper,workdir=/top/work overlay /new ||
	stop "no overlay"
$b mount -t proc proc /new/proc
$b mount -t sysfs sysfs /new/sys
$b mount -o bind /dev /new/dev
$b mkdir -p /new/dev/pts /new/dev/shm /new/run /new/tmp /new/usr/lib/modules
$b mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /new/dev/pts
$b mount -t tmpfs tmpfs /new/dev/shm
$b mount -t tmpfs tmpfs /new/run
$b mount -t tmpfs tmpfs /new/tmp
$b mkdir -p /new/run/lock /new/mnt
$b mount -o bind /k/lib/modules /new/usr/lib/modules
$b mount -t 9p -o $opt,cache=none share /new/mnt || stop "no results share"
$b ip link set lo up
$b hostname vm
echo "vm: root ready"

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
$b chroot /new /bin/sh /mnt/start
stop "guest program ended with status $?"
