#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a command in a root folder, with the sources read-only at /mnt: enter.sh ROOT SOURCE COMMAND...
# For unshare --mount --pid --fork: what is mounted here is nowhere else, and ends with the command.
set -e
root=$1
mount --make-rprivate /
mount --bind "$2" "$root/mnt"
mount -o remount,bind,ro "$root/mnt"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount --bind "$root/dev/pts/ptmx" "$root/dev/ptmx"
shift 2
exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
