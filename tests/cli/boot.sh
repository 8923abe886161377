#!/bin/sh
# SPDX-License-Identifier: ISC
# What encl build makes boots: kernel, command line and ramdisks of an image in
# QEMU, as its loader would put them into memory.
cd "$(dirname "$0")/../.." || exit 1
B=${BUILD:-build}
case $B in /*) ;; *) B=$PWD/$B ;; esac
top=$PWD
for p in qemu-system-x86_64 cpio python3; do
	command -v $p >/dev/null || { echo "skipped boot: there is no $p"; exit 0; }
done
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
cd "$T" || exit 1

# A kernel of this machine, or Debian's for clouds.
for k in /boot/vmlinuz-*-cloud-amd64 /boot/vmlinuz-*-amd64; do
	[ -r "$k" ] && cp "$k" kernel && break
done
if [ ! -e kernel ]; then
	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		awk '/Depends: linux-image/ { print $2; exit }')
	timeout 100 apt-get -q download "$package" >/dev/null 2>&1 &&
		dpkg-deb -x linux-image-*.deb deb && cp deb/boot/vmlinuz-* kernel
fi
[ -e kernel ] || { echo "skipped boot: there is no kernel to be had"; exit 0; }
cc -static -O1 -o init "$top/tests/cli/boot.c" 2>cc.log ||
	{ echo "skipped boot: there is no static C library"; exit 0; }
mkdir -p disk/dev disk/rootfs
cp init disk/init
(cd disk && find . | cpio -o -H newc --quiet | gzip -n) >boot
# Where the next ramdisk would begin off the place that the kernel looks at.
[ $(($(stat -c %s boot) % 4)) -ne 0 ] || printf '\0' >>boot
cat >app.c <<'EOF'
#include <stdio.h>
#include <sys/stat.h>
int main(int n, char **a)
{
	char id[65] = "";
	struct stat x, y;
	FILE *f = fopen("/etc/encl/chain-id", "r");
	if (!f || fread(id, 1, 64, f) != 64)
		return 3;
	stat("/bin/app", &x);
	stat("/lib/twin", &y);
	printf("app: %s %s %s %d %s\n", a[0], n > 1 ? a[1] : "-", id,
	    x.st_ino == y.st_ino, x.st_uid == 0 ? "root's" : "other's");
	return 42;
}
EOF
mkdir -p r/bin r/usr/lib
cc -static -O1 -o r/bin/app app.c || exit 1
ln r/bin/app r/usr/lib/twin
ln -s usr/lib r/lib
tar -C r -cf root.tar .
id=$(printf '%064d' 5)

# parts IMAGE: kernel, command line and ramdisks, as the loader reads them
parts() {
	python3 - "$1" <<'EOF'
import struct, sys
b = open(sys.argv[1], "rb").read()
disks = b""
for i in range(struct.unpack(">H", b[26:28])[0]):
    at = struct.unpack(">Q", b[28 + 8 * i:36 + 8 * i])[0]
    kind, _, size = struct.unpack(">HHQ", b[at:at + 12])
    data = b[at + 12:at + 12 + size]
    if kind == 1:
        open("part.kernel", "wb").write(data)
    if kind == 2:
        open("part.cmdline", "wb").write(data)
    if kind == 3:
        disks += data
open("part.ramdisk", "wb").write(disks)
EOF
}
bad=0
for how in "" --gzip; do
	rm -f image.eif
	"$B/bin/encl" build --kernel kernel --boot boot \
		--cmdline "console=ttyS0 panic=-1 quiet" --root root.tar --cmd /bin/app \
		--cmd hello --chain-id "$id" $how --out image.eif >built || exit 1
	"$B/bin/encl" measure image.eif | cmp -s - built || { echo "not ok - measured otherwise"; bad=1; }
	parts image.eif
	timeout 1800 qemu-system-x86_64 -M pc -m 512 -kernel part.kernel \
		-append "$(cat part.cmdline)" -initrd part.ramdisk -nographic \
		-no-reboot -nodefaults -serial stdio >log 2>&1 </dev/null
	if tr -d '\r' <log | grep -q "^app: /bin/app hello $id 1 root's\$" &&
		grep -q 'init: program ended with 42' log; then
		echo "ok - an image boots and runs its program${how:+ ($how)}"
	else
		echo "not ok - boot $how"
		tail -n 30 log | sed 's/^/# /'
		bad=1
	fi
done
exit $bad
