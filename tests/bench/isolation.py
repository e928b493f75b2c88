# SPDX-License-Identifier: MIT
"""Network, process and mount namespaces of the benchmark's own: nothing of it reaches the machine,
and the kernel ends and removes all of it with the first process, whatever happens."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import traceback

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
PR_SET_PDEATHSIG = 1
SIOCETHTOOL = 0x8946
ETHTOOL_STSO = 0x1f
ETHTOOL_SGRO = 0x2c

libc = ctypes.CDLL(None, use_errno=True)


def system_call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f'{name}: {os.strerror(error)}')


def mount(source, target, kind, flags=0):
    system_call('mount', source.encode(), target.encode(), kind and kind.encode(),
                ctypes.c_ulong(flags), None)


def separate(main):
    """Runs main() as process 1 of new namespaces and returns its exit status."""
    system_call('unshare', CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            system_call('prctl', PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
            mount('none', '/', None, MS_REC | MS_PRIVATE)
            mount('proc', '/proc', 'proc')
            mount('run', '/run', 'tmpfs')
            status = main()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def end(number, frame):
        os.kill(pid, signal.SIGKILL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, end)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1


def ip(*words, netns=None):
    where = ['-n', netns] if netns else []
    done = subprocess.run(['ip', *where, *words], capture_output=True, text=True, timeout=20,
                          check=False)
    if done.returncode:
        raise OSError(f'ip {" ".join(words)}: {done.stderr.strip()}')


@contextlib.contextmanager
def inside(name):
    """Sockets made and programs started in this block belong to the namespace."""
    home = os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f'/run/netns/{name}', os.O_RDONLY | os.O_CLOEXEC)
    try:
        system_call('setns', there, CLONE_NEWNET)
        yield
    finally:
        system_call('setns', home, CLONE_NEWNET)
        os.close(there)
        os.close(home)


def set_offload(command, value):
    """As ethtool does; of eth0 in the namespace we are in."""
    data = ctypes.create_string_buffer(struct.pack('II', command, value))
    request = struct.pack('16sP', b'eth0', ctypes.addressof(data)).ljust(40, b'\0')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)


class Pair:
    """A server's and a client's namespace, joined by one virtual cable."""

    def __init__(self, number):
        self.server, self.client = f'server{number}', f'client{number}'
        self.server_address = f'10.78.{number}.1'
        self.client_address = f'10.78.{number}.2'
        for name in (self.server, self.client):
            ip('netns', 'add', name)
            ip('link', 'set', 'lo', 'up', netns=name)
        ip('link', 'add', 'eth0', 'netns', self.server, 'type', 'veth', 'peer', 'name', 'eth0',
           'netns', self.client)
        for name, address in ((self.server, self.server_address),
                              (self.client, self.client_address)):
            ip('address', 'add', f'{address}/24', 'dev', 'eth0', netns=name)
            ip('link', 'set', 'eth0', 'up', netns=name)
        self.receive_elsewhere()

    def receive_elsewhere(self):
        """The server's end receives in a kernel thread of its own.

        Otherwise whoever sends through a virtual cable does the receiver's work too, until the
        packet is in the receiver's socket, and is charged for it.
        """
        with inside(self.client):
            set_offload(ETHTOOL_STSO, 0)    # packets of a sender with TSO do not go that way
        with inside(self.server):
            set_offload(ETHTOOL_SGRO, 1)
            view = f'/run/sys-{self.server}'
            os.mkdir(view)
            mount('sysfs', view, 'sysfs')
            with open(f'{view}/class/net/eth0/threaded', 'w', encoding='ascii') as file:
                file.write('1')
