# SPDX-License-Identifier: MIT
"""A virtual machine with a stock Debian kernel that runs one program in a copy of this system.

The kernel package is fetched with apt and unpacked into a cache outside the repository.
The guest sees this machine's root file system read-only under a throw-away overlay; a second
share carries the program in and its results out.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import lzma
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(None)
HERE = os.path.dirname(os.path.abspath(__file__))
BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
# Kernel parts that no test here can use; they are most of the package's size.
UNWANTED = ("drivers/gpu", "drivers/media", "drivers/infiniband", "drivers/scsi", "drivers/usb",
            "drivers/net/ethernet", "drivers/net/wireless", "drivers/staging", "drivers/iio",
            "sound")
KVM_PROOF_SECONDS = 8
FIRST_SIGN_SECONDS = {"kvm": 30, "tcg": 120}


class VmError(Exception):
    """The machine could not be made or did not run; the text says why."""


class Missing(VmError):
    """Something this bed needs is not on this machine and cannot be fetched."""


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = os.path.join(base, "libpptp")
    os.makedirs(path, exist_ok=True)
    return path


@contextlib.contextmanager
def locked(path):
    with open(path, "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def output_of(argv, timeout=300, cwd=None):
    r = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                       stderr=subprocess.STDOUT, timeout=timeout, text=True)
    return r.returncode, r.stdout


def require_programs():
    needed = {"qemu-system-x86_64": "qemu-system-x86", "depmod": "kmod", "modprobe": "kmod",
              "apt-get": "apt", "dpkg-deb": "dpkg", "busybox": "busybox-static", "ip": "iproute2",
              "pppd": "ppp", "pptpd": "pptpd", "iperf3": "iperf3", "ping": "iputils-ping"}
    missing = [f"{prog} (package {pkg})" for prog, pkg in needed.items() if not shutil.which(prog)]
    if missing:
        raise Missing("not installed: " + ", ".join(missing))


# --- the kernel -------------------------------------------------------------------------------

class Kernel:
    def __init__(self, root):
        self.root = root
        self.version = os.listdir(os.path.join(root, "lib/modules"))[0]
        self.image = os.path.join(root, "boot", "vmlinuz-" + self.version)


def current_package():
    """The kernel package that linux-image-amd64 names, or None when apt does not know it."""
    status, out = output_of(["apt-cache", "depends", "linux-image-amd64"])
    found = re.findall(r"Depends: (linux-image-\S+)", out) if status == 0 else []
    return found[0] if found else None


def cached_kernels():
    base = cache_dir()
    names = [n for n in os.listdir(base) if n.startswith("vm-") and
             os.path.exists(os.path.join(base, n, ".complete"))]
    return [os.path.join(base, n) for n in
            sorted(names, key=lambda n: [int(x) for x in re.findall(r"\d+", n)])]


def download(package, into):
    cmd = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package]
    status, out = output_of(cmd, 600, cwd=into)
    if status != 0:
        output_of(["apt-get", "-q", "update"], 300)
        status, out = output_of(cmd, 600, cwd=into)
    debs = [n for n in os.listdir(into) if n.endswith(".deb")]
    if status != 0 or len(debs) != 1:
        raise Missing(f"apt-get download {package} failed: {out.strip().splitlines()[-1:]}")
    return os.path.join(into, debs[0])


def unpack(deb, into):
    excluded = [f"--exclude=*/kernel/{part}" for part in UNWANTED]
    tar = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    out = subprocess.run(["tar", "-x", "-C", into, *excluded, "--exclude=./usr/share"],
                         stdin=tar.stdout, stderr=subprocess.PIPE, text=True)
    tar.stdout.close()
    if tar.wait() != 0 or out.returncode != 0:
        raise VmError(f"cannot unpack {deb}: {out.stderr.strip()}")
    if not os.path.exists(os.path.join(into, "lib")):     # since Debian 13
        os.rename(os.path.join(into, "usr/lib"), os.path.join(into, "lib"))


def get_kernel(say=lambda text: None):
    """The cached kernel; fetched first when there is none, or a newer one is named by apt."""
    base = cache_dir()
    with locked(os.path.join(base, "vm.lock")):
        package = current_package()
        if package is None and not cached_kernels():
            output_of(["apt-get", "-q", "update"], 300)
            package = current_package()
        if package is None:
            if cached_kernels():
                return Kernel(cached_kernels()[-1])
            raise Missing("apt knows no package linux-image-amd64")
        final = os.path.join(base, "vm-" + package.removeprefix("linux-image-"))
        if os.path.exists(os.path.join(final, ".complete")):
            return Kernel(final)
        for name in os.listdir(base):
            if name.startswith("vm-unfinished-"):
                shutil.rmtree(os.path.join(base, name), ignore_errors=True)
        work = tempfile.mkdtemp(prefix="vm-unfinished-", dir=base)
        try:
            say(f"fetching {package} (70 MB, once)")
            deb = download(package, work)
            say("unpacking it")
            unpack(deb, work)
            os.unlink(deb)
            version = os.listdir(os.path.join(work, "lib/modules"))[0]
            status, out = output_of(["depmod", "-b", work, version])
            if status != 0:
                raise VmError("depmod failed: " + out.strip())
            open(os.path.join(work, ".complete"), "w").close()
            shutil.rmtree(final, ignore_errors=True)
            os.rename(work, final)
        except Missing:
            if cached_kernels():
                return Kernel(cached_kernels()[-1])
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return Kernel(final)


# --- the first file system --------------------------------------------------------------------

def cpio_entry(number, name, mode, data=b""):
    head = "070701" + "".join(f"{v:08x}" for v in (
        number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0))
    raw = head.encode() + name.encode() + b"\0"
    raw += b"\0" * (-len(raw) % 4) + data
    return raw + b"\0" * (-len(raw) % 4)


def module_name(path):
    return os.path.basename(path).removesuffix(".xz")


def module_bytes(path):
    """Compressed since Debian 13; the insmod of busybox takes none such."""
    return lzma.decompress(read_bytes(path)) if path.endswith(".xz") else read_bytes(path)


def boot_module_files(kernel):
    files = []
    for module in BOOT_MODULES:
        status, out = output_of(["modprobe", "-d", kernel.root, "-S", kernel.version,
                                 "--show-depends", module])
        if status != 0:
            raise VmError(f"modprobe --show-depends {module}: {out.strip()}")
        for line in out.splitlines():
            word = line.split()
            if word[0] == "insmod" and word[1] not in files:
                files.append(word[1])
    return files


def read_bytes(path):
    with open(path, "rb") as f:
        return f.read()


def get_initramfs(kernel):
    init = read_bytes(os.path.join(HERE, "init.sh"))
    busybox = read_bytes(shutil.which("busybox"))
    mark = hashlib.sha256(init + busybox).hexdigest()[:16]
    path = os.path.join(kernel.root, f"initramfs-{mark}")
    if os.path.exists(path):
        return path
    modules = boot_module_files(kernel)
    order = "".join(module_name(m) + "\n" for m in modules).encode()
    items = [("bin", 0o40755, b""), ("dev", 0o40755, b""), ("modules", 0o40755, b""),
             ("bin/busybox", 0o100755, busybox), ("init", 0o100755, init),
             ("modules/order", 0o100644, order)]
    items += [("modules/" + module_name(m), 0o100644, module_bytes(m)) for m in modules]
    items.append(("TRAILER!!!", 0, b""))
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "wb") as f:
        for number, (name, mode, data) in enumerate(items, 1):
            f.write(cpio_entry(number, name, mode, data))
    os.rename(unfinished, path)
    return path


# --- the machine ------------------------------------------------------------------------------

def share_args(tag, path, readonly):
    path = path.replace(",", ",,")
    return ["-fsdev", f"local,id={tag},path={path},security_model=none,multidevs=remap"
            + (",readonly=on" if readonly else ""),
            "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


def qemu_args(kernel, accel, serial, append="", shares=()):
    args = ["qemu-system-x86_64", "-accel", accel, "-cpu", "max", "-smp", "2", "-m", "2048",
            "-nic", "none", "-display", "none", "-monitor", "none", "-serial", "file:" + serial,
            "-no-reboot", "-kernel", kernel.image, "-initrd", get_initramfs(kernel),
            "-append", f"console=ttyS0 quiet panic=-1 mitigations=off {append}"]
    for share in shares:
        args += share_args(*share)
    return args


def start_tied(argv, out):
    """Starts a program in a session of its own that does not outlive this one."""
    death_signal = 1    # PR_SET_PDEATHSIG
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                            start_new_session=True,
                            preexec_fn=lambda: LIBC.prctl(death_signal, signal.SIGKILL))


def end(proc):
    """Ends a process that we started, at once, and reaps it."""
    if proc.poll() is None:
        proc.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        proc.wait(10)


def file_text(path):
    try:
        return read_bytes(path).decode(errors="replace")
    except FileNotFoundError:
        return ""


def boots_with_kvm(kernel):
    """Whether a guest under KVM gets to its first line of output: /dev/kvm alone proves nothing."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    with tempfile.TemporaryDirectory(prefix="libpptp-kvm-") as tmp:
        serial = os.path.join(tmp, "serial")
        proc = start_tied(qemu_args(kernel, "kvm", serial, "vm_probe=1"), subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + KVM_PROOF_SECONDS
            while time.monotonic() < deadline and proc.poll() is None:
                if "vm: probe done" in file_text(serial):
                    return True
                time.sleep(0.05)
            return "vm: probe done" in file_text(serial)
        finally:
            end(proc)


def boot_id():
    return file_text("/proc/sys/kernel/random/boot_id").strip()


def remember_accelerator(kernel, name):
    record = os.path.join(kernel.root, "accelerator")
    with open(f"{record}.{os.getpid()}", "w") as f:
        f.write(f"{boot_id()} {name}\n")
    os.rename(f"{record}.{os.getpid()}", record)


def choose_accelerator(kernel):
    """"kvm" when proven, else "tcg"; what was found holds until this machine boots again."""
    known = file_text(os.path.join(kernel.root, "accelerator")).split()
    if len(known) == 2 and known[0] == boot_id():
        return known[1]
    found = "kvm" if boots_with_kvm(kernel) else "tcg"
    remember_accelerator(kernel, found)
    return found


class Machine:
    """One boot. `start` is the shell script that the guest runs; `share` is the folder that it
    sees as /mnt."""

    def __init__(self, kernel, share, start):
        self.kernel, self.share = kernel, share
        self.serial = os.path.join(share, "serial.log")
        self.accelerator = choose_accelerator(kernel)
        with open(os.path.join(share, "start"), "w") as f:
            f.write("echo started > /mnt/started\n" + start)
        self.proc = None

    def launch(self):
        accel = "kvm" if self.accelerator == "kvm" else "tcg,thread=multi"
        args = qemu_args(self.kernel, accel, self.serial, shares=(
            ("root", "/", True), ("kernel", self.kernel.root, True), ("share", self.share, False)))
        with open(os.path.join(self.share, "qemu.log"), "w") as log:
            self.proc = start_tied(args, log)

    def started(self):
        return os.path.exists(os.path.join(self.share, "started"))

    def run(self, deadline_seconds, poll=lambda: None):
        """Boots, calls poll() until the machine has ended; VmError when it does not in time."""
        try:
            self.run_once(deadline_seconds, poll)
        except VmError:
            if self.accelerator != "kvm" or self.started():
                raise
            self.accelerator = "tcg"    # the proof was too short for this KVM
            remember_accelerator(self.kernel, "tcg")
            self.run_once(deadline_seconds, poll)

    def run_once(self, deadline_seconds, poll):
        deadline = time.monotonic() + deadline_seconds
        patience = FIRST_SIGN_SECONDS[self.accelerator]
        first_sign = time.monotonic() + patience
        self.launch()
        try:
            while self.proc.poll() is None:
                poll()
                now = time.monotonic()
                if now > first_sign and not self.started():
                    raise VmError(f"the machine did not start within {patience} s")
                if now > deadline:
                    raise VmError(f"the machine did not end within {deadline_seconds} s")
                time.sleep(0.1)
            poll()
        finally:
            end(self.proc)
        if "guest program ended with status" not in file_text(self.serial):
            raise VmError("the machine ended before its program did")

    def last_words(self, lines=25):
        text = file_text(self.serial) + file_text(os.path.join(self.share, "qemu.log"))
        return text.replace("\r", "").splitlines()[-lines:]
