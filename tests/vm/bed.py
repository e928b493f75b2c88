# SPDX-License-Identifier: MIT
"""A PPTP client, a router and a real PPTP server (poptop, pppd), each in its own network
namespace. Runs wherever the kernel has PPP: in the virtual machine or on a machine of one's own,
there inside private mount and process namespaces (`unshare`), so that nothing stays behind."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time

from netns import Failed, Netns, Process, check, read_text, run, wait_for, write_text

WORK = "/run/bed"
CLIENT, GATEWAY = "10.77.1.2", "10.77.1.1"
SERVER, SERVER_GATEWAY = "10.77.2.2", "10.77.2.1"
INNER_SERVER = "10.99.0.1"
# How PPP gets from pppd to the network.
THEIRS, PTY, KERNEL = PATHS = ("pptp-linux", "pty", "kernel")
BEHIND = "203.0.113.7"          # an address that only the tunnel's far end has
HOST_NAME = "vpn.example.test"
ROUTE_PROTOCOL = "114"
MODULES = ("ppp_generic", "ppp_async", "ppp_synctty", "ppp_mppe", "veth", "sch_netem",
           "tcp_diag", "pptp")

STATISTICS = ("rx accepted", "rx lost", "rx under win", "rx over  win", "rx buffered",
              "rx OS errors", "rx truncated", "rx invalid", "rx acks", "tx sent", "tx failed",
              "tx short", "tx acks", "tx oversize", "round trip")

SERVER_OPTIONS = """name pptpd
auth
refuse-pap
refuse-chap
refuse-mschap
require-mschap-v2
{mppe}
nobsdcomp
nodeflate
{ipv6}
chap-restart 1
chap-max-challenge 5
mtu 1400
mru 1400
lock
debug
logfile {work}/server-pppd.log
"""


def mount(*args):
    run(["mount", "-n", *args])


def hide(path, text):
    """Puts other text in the place of a file; one that leads into /run is there only for us."""
    path = os.path.realpath(path)
    if path.startswith("/run/"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_text(path, text)
    elif os.path.exists(path):
        stand_in = os.path.join(WORK, os.path.basename(path))
        write_text(stand_in, text)
        mount("--bind", stand_in, path)


def private_devices():
    """A /dev of our own, so that /dev/log is ours too; the nodes are the machine's."""
    new = "/run/dev"
    os.makedirs(new)
    mount("-t", "tmpfs", "tmpfs", new)
    for name in ("null", "zero", "full", "random", "urandom", "tty", "ppp"):
        if os.path.exists("/dev/" + name):
            write_text(f"{new}/{name}", "")
            mount("--bind", "/dev/" + name, f"{new}/{name}")
    for name in ("pts", "shm", "net"):
        if os.path.isdir("/dev/" + name):
            os.makedirs(f"{new}/{name}")
            mount("--rbind", "/dev/" + name, f"{new}/{name}")
    os.symlink("pts/ptmx", new + "/ptmx")
    os.symlink("/proc/self/fd", new + "/fd")
    mount("--move", new, "/dev")


def private_files():
    """Hides the machine's own PPP settings, run-time files and names from this run."""
    for module in MODULES:
        run(["modprobe", "-q", module], ok=False)
    for path in ("/run", "/etc/ppp", "/var/log"):
        mount("-t", "tmpfs", "tmpfs", path)
    os.makedirs("/run/lock")
    os.makedirs(WORK)
    private_devices()
    os.makedirs("/etc/ppp/peers")
    write_text("/etc/ppp/options", "")
    write_text("/etc/ppp/chap-secrets",
               "alice pptpd secret-of-alice *\npptpd alice secret-of-alice *\n", 0o600)
    hide("/etc/hosts", f"127.0.0.1 localhost\n{SERVER} {HOST_NAME}\n")
    hide("/etc/resolv.conf", "nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")


class Syslog:
    """Receives what programs here say to syslog."""

    def __init__(self):
        self.lines = []     # (priority, text)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind("/dev/log")
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            data = self.sock.recv(8192).rstrip(b"\0\n").decode(errors="replace")
            m = re.match(r"<(\d+)>(?:\w{3} [ \d]\d [\d:]{8} )?(.*)", data, re.S)
            if m:
                self.lines.append((int(m[1]), m[2]))

    def since(self, mark, ident="pptp"):
        return [(p, t) for p, t in self.lines[mark:] if t.startswith(ident + "[")]


class Call:
    """One run of the client under test with its pppd."""

    def __init__(self, bed, name):
        self.bed = bed
        self.dir = os.path.join(WORK, name)
        os.makedirs(self.dir)
        self.log = os.path.join(self.dir, "pppd.log")
        self.errors = os.path.join(self.dir, "stderr.log")
        self.mark = len(bed.syslog.lines)
        self.popen = None
        self.program = bed.program
        self.started = time.monotonic()

    # -- starting

    def script(self, program, arguments):
        """A shell script that runs pptp as pppd's pty would and keeps its exit status."""
        path = os.path.join(self.dir, "pptp.sh")
        write_text(path, "#!/bin/sh\ntrap : TERM INT HUP\n"
                         f"{program} {arguments}\necho $? > {self.dir}/status\n", 0o755)
        return path

    def pppd(self, arguments):
        self.started = time.monotonic()
        self.popen = self.bed.client.start(["pppd", *arguments], self.errors)
        return self

    # -- watching

    def text(self):
        return read_text(self.log) + read_text(self.errors)

    def interface(self):
        named = re.findall(r"(?:Using interface|Renamed interface \S+ to) (\S+)", self.text())
        return named[-1] if named else None

    def is_up(self):
        return re.search(r"remote IP address", self.text())

    def wait_up(self, seconds=40):
        def settled():
            return self.is_up() or (self.popen and self.popen.poll() is not None)
        wait_for(settled, seconds, "PPP to come up")
        check(self.is_up(), f"pppd ended with {self.popen and self.popen.poll()} before PPP was up")
        return self

    def mtu(self):
        return int(re.search(r"mtu (\d+)", self.bed.client.ip("link", "show",
                                                              self.interface()))[1])

    def address(self):
        return re.findall(r"local  IP address (\S+)", self.text())[-1]

    def processes(self):
        """The client's own processes (the older client has several)."""
        return [p for p in self.bed.client.processes() if p.program() == self.program]

    def workers(self):
        """Those that carry the call and keep the host route, without the remover of the socket."""
        return [p for p in self.processes() if p.name() != "pptp-status"]

    def gateway(self):
        """The process that moves packets."""
        procs = self.processes()
        check(procs, "no pptp process")
        named = [p for p in procs if "GRE" in p.args()]
        return (named or procs)[0]

    def pppds(self):
        return [p for p in self.bed.client.processes() if p.program().endswith("/pppd")]

    def syslog(self):
        return [t for _, t in self.bed.syslog.since(self.mark)]

    def status(self, seconds=5):
        path = os.path.join(self.dir, "status")
        text = wait_for(lambda: read_text(path), seconds, "pptp to end")
        return int(text)

    def wait_gone(self, seconds):
        wait_for(lambda: not self.processes() and not self.pppds(), seconds,
                 "pptp and pppd to end")
        if self.popen:
            self.popen.wait(5)

    # -- ending

    def hang_up(self, seconds=10):
        """Ends pppd as a person does, and waits until everything is gone."""
        for p in self.pppds():
            p.send(signal.SIGTERM)
        self.wait_gone(seconds)

    def statistics(self):
        """The values that SIGUSR1 has written to syslog, in order, and their priorities."""
        mark = len(self.bed.syslog.lines)
        self.gateway().send(signal.SIGUSR1)

        def dumped():
            lines = self.bed.syslog.since(mark)
            return lines if any("round trip" in t for _, t in lines) else None
        lines = wait_for(dumped, 10, "the statistics in syslog")
        start = next((i for i, (_, t) in enumerate(lines) if "GRE statistics:" in t), None)
        check(start is not None, "no line 'GRE statistics:'")
        found = []
        for priority, text in lines[start + 1:]:
            m = re.search(r"((?:rx|tx) [A-Za-z ]*?|round trip)\s*=\s*(\d+)", text)
            if m:
                found.append((m[1], int(m[2]), priority, text))
        return found

    def counters(self):
        return {name: value for name, value, _, _ in self.statistics()}


class Bed:
    def __init__(self, program, reference="/usr/sbin/pptp"):
        self.program = os.path.realpath(program)
        self.reference = os.path.realpath(reference)
        self.calls = 0
        self.last = None
        private_files()
        self.syslog = Syslog()
        self.make_network()
        self.server_options()
        self.start_server()
        self.clean_routes = self.client.routes()

    # -- the network

    def make_network(self):
        self.client, self.router, self.server = Netns("client"), Netns("router"), Netns("server")
        for ns, near, far, there in ((self.client, "wan0", "cli0", CLIENT),
                                     (self.server, "eth0", "srv0", SERVER)):
            ns.ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", "router")
            ns.ip("addr", "add", there + "/24", "dev", near)
            ns.ip("link", "set", near, "up")
        self.router.ip("addr", "add", GATEWAY + "/24", "dev", "cli0")
        self.router.ip("addr", "add", SERVER_GATEWAY + "/24", "dev", "srv0")
        self.router.ip("link", "set", "cli0", "up")
        self.router.ip("link", "set", "srv0", "up")
        for ns in (self.client, self.router, self.server):
            ns.sysctl("ipv6/conf/all/disable_ipv6", 1)
            ns.sysctl("ipv6/conf/default/disable_ipv6", 1)
        self.router.sysctl("ipv4/ip_forward", 1)
        self.client.ip("route", "add", "default", "via", GATEWAY)
        self.server.ip("route", "add", "default", "via", SERVER_GATEWAY)
        self.server.ip("addr", "add", BEHIND + "/32", "dev", "lo")

    def impair(self, *netem):
        """The same treatment for both directions: packets leave the router through netem."""
        for interface in ("cli0", "srv0"):
            self.router.tc("qdisc", "replace", "dev", interface, "root", "netem", *netem)

    def repair(self):
        for interface in ("cli0", "srv0"):
            run(["tc", "-n", "router", "qdisc", "del", "dev", interface, "root"], ok=False)
            self.router.ip("link", "set", interface, "up")

    def unplug(self, interface="srv0"):
        self.router.ip("link", "set", interface, "down")

    def silence(self):
        """Both directions vanish without a word, as behind a dead gateway."""
        self.impair("loss", "100%")

    def plug(self, interface="srv0"):
        self.router.ip("link", "set", interface, "up")

    # -- the server

    def server_options(self, mppe=True, ipv6=False):
        """What the server's next pppd accepts, and whether new interfaces may have IPv6."""
        write_text(WORK + "/options.server", SERVER_OPTIONS.format(
            work=WORK, mppe="require-mppe-128" if mppe else "",
            ipv6="+ipv6" if ipv6 else "noipv6"))
        for ns in (self.client, self.server):
            ns.sysctl("ipv6/conf/default/disable_ipv6", 0 if ipv6 else 1)

    def restart_server(self, more=""):
        """With a further line in its configuration."""
        self.daemon.terminate()
        self.daemon.wait(10)
        self.server.end_processes()
        self.start_server(more)

    def start_server(self, more=""):
        write_text(WORK + "/pptpd.conf",
                   f"option {WORK}/options.server\nlocalip {INNER_SERVER}\n"
                   f"remoteip 10.99.0.100-199\ndebug\nstimeout 20\n{more}\n")
        self.daemon = self.server.start(
            ["pptpd", "-f", "-c", WORK + "/pptpd.conf", "-p", WORK + "/pptpd.pid"],
            WORK + "/pptpd.log")
        wait_for(lambda: self.server_listens() or self.daemon.poll() is not None, 20, "pptpd")
        check(self.daemon.poll() is None, "pptpd ended: " + read_text(WORK + "/pptpd.log"))

    def start_kernel_server(self):
        """In poptop's place: a server whose end of the call is the kernel's too."""
        self.daemon.terminate()
        self.daemon.wait(10)
        self.server.end_processes()
        self.daemon = self.server.start(
            [self.tool("kernel_server"), SERVER, "nodetach", "plugin", self.plugin(), "file",
             WORK + "/options.server", f"{INNER_SERVER}:10.99.0.200"], WORK + "/pptpd.log")
        wait_for(lambda: self.server_listens() or self.daemon.poll() is not None, 20, "the server")
        check(self.daemon.poll() is None, "it ended: " + read_text(WORK + "/pptpd.log"))

    def tool(self, name):
        """A compiled part of these tests."""
        return os.path.join(os.path.dirname(os.path.dirname(self.program)), "tests/vm", name)

    def plugin(self):
        return os.path.join(os.path.dirname(self.program), "plugin/pptp.so")

    def server_listens(self):
        with contextlib.suppress(OSError), self.client.socket() as s:
            s.settimeout(1)
            s.connect((SERVER, 1723))
            return True
        return False

    # -- calls

    def new_call(self, program=None):
        self.calls += 1
        self.last = Call(self, f"call{self.calls}")
        if program:
            self.last.program = os.path.realpath(program)
        return self.last

    def pppd_options(self, call, mppe=True, ipv6=False):
        return ["noauth", "user", "alice", "remotename", "pptpd", "noipdefault", "nobsdcomp",
                "nodeflate", "+ipv6" if ipv6 else "noipv6", "debug", "logfile", call.log,
                *(["require-mppe-128"] if mppe else [])]

    def dial(self, options="", pppd=(), mppe=True, program=None, server=SERVER,
             ipv6=False):
        """pppd with `pty "pptp SERVER --nolaunchpppd ..."`."""
        call = self.new_call(program)
        pty = call.script(call.program, f"{server} --nolaunchpppd {options}")
        return call.pppd(["pty", pty, "nodetach", *self.pppd_options(call, mppe, ipv6),
                          *pppd])

    def dial_kernel(self, options=(), pppd=(), mppe=True, server=SERVER):
        """pppd with `plugin pptp.so pptp_server SERVER ...`."""
        call = self.new_call()
        return call.pppd(["plugin", self.plugin(), "pptp_command", self.program, "pptp_server",
                          server, *options, "nodetach", *self.pppd_options(call, mppe), *pppd])

    def dial_path(self, name, mppe=True):
        """By one of PATHS."""
        if name == KERNEL:
            return self.dial_kernel(mppe=mppe)
        return self.dial(mppe=mppe, program=self.reference if name == THEIRS else None)

    def host_routes(self):
        """A route and its spares, which have a metric from 0xf0000000 on, are one."""
        lines = self.client.ip("route", "show", "table", "all").splitlines()
        return list(dict.fromkeys(re.sub(r" metric 4[0-9]{9}\b", "", line).strip()
                                  for line in lines if line.startswith(SERVER + " ")))

    def tidy(self):
        """Back to the state before a scenario; what a client left behind is removed here."""
        self.repair()
        self.client.end_processes()
        self.server_options()

        def server_idle():
            return not [p for p in self.server.processes() if p.program().endswith("/pppd")]
        try:
            wait_for(server_idle, 4, "the server's pppd to end")
        except Failed:
            self.server.end_processes(keep=(self.daemon.pid,))
        self.restore_routes()

    def restore_routes(self):
        now, clean = self.client.routes().splitlines(), self.clean_routes.splitlines()
        for route in now:
            if route not in clean and " table " not in route:
                self.client.ip("route", "del", *route.split())
        for route in clean:
            if route not in now:
                self.client.ip("route", "add", *route.split())
        check(self.client.routes() == self.clean_routes, "the client's routes cannot be restored")

    def diagnosis(self):
        """The last lines of every log that may say why a scenario failed."""
        lines = []
        logs = [("pptpd", WORK + "/pptpd.log"), ("server pppd", WORK + "/server-pppd.log")]
        if self.last:
            logs += [("pppd", self.last.log), ("stderr", self.last.errors)]
            lines += [f"syslog: {t}" for _, t in self.syslog.lines[self.last.mark:][-25:]]
        for title, path in logs:
            lines += [f"{title}: {t}" for t in read_text(path).splitlines()[-12:]]
        lines += [f"route: {r}" for r in self.client.ip("route").splitlines()]
        lines += [f"process {p.pid}: {p.args()}" for p in self.client.processes()]
        return lines

    # -- traffic

    def ping(self, address=INNER_SERVER, count=3, interval=0.2, wait=5, more=()):
        """How many of `count` pings were answered; `wait` seconds of patience when none is."""
        _, out = self.client.run("ping", "-n", "-q", "-c", str(count), "-i", str(interval),
                                 "-W", str(wait), *more, address, ok=False,
                                 timeout=count * interval + wait + 20)
        m = re.search(r"(\d+) received", out)
        return int(m[1]) if m else 0

    def ping6(self, interface, count):
        """How many IPv6 pings to the far end's link-local address were answered."""
        wait_for(lambda: "fe80::" in self.client.ip("-6", "addr", "show", "dev", interface), 10,
                 "an IPv6 address on " + interface)
        text = self.client.ip("-6", "addr", "show", "dev", interface)
        peer = re.search(r"peer (fe80::[0-9a-f:]+)", text)
        check(peer, "no IPv6 peer address: " + text)
        return self.ping(f"{peer[1]}%{interface}", count, 0.5)

    def transfer(self, data, timeout=60, address=INNER_SERVER):
        """Sends bytes from server to client over TCP in the tunnel; returns what arrived."""
        listener = self.server.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, 5999))
        listener.listen()
        listener.settimeout(timeout)

        def serve():
            with contextlib.suppress(OSError), listener, listener.accept()[0] as peer:
                peer.settimeout(timeout)
                peer.sendall(data)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        received = bytearray()
        with self.client.socket() as s:
            s.settimeout(timeout)
            deadline = time.monotonic() + timeout
            try:
                s.connect((address, 5999))
                while piece := s.recv(65536):
                    received += piece
                    check(time.monotonic() < deadline, f"transfer took more than {timeout} s")
            except OSError as e:
                raise Failed(f"transfer stopped after {len(received)} bytes: {e}") from e
        thread.join(5)
        return bytes(received)

    def one_receive_queue(self, interface):
        """Keeps the client's own kernel from reordering what it gets from pppd's terminal on two
        processors: all packets of the interface go through the first one's queue."""
        run(["ip", "netns", "exec", self.client.name, "sh", "-c",
             f"echo 1 > /sys/class/net/{interface}/queues/rx-0/rps_cpus"])

    def numbered_datagrams(self, client_address, count, gap, size=400):
        """Numbers that arrived at the client, in order of arrival, of datagrams from the server."""
        receiver = self.client.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender = self.server.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with receiver, sender:
            receiver.bind((client_address, 5998))
            arrived, deadline = [], time.monotonic() + count * gap + 15
            sent, next_at = 0, time.monotonic()
            while time.monotonic() < deadline:
                now = time.monotonic()
                if sent < count and now >= next_at:
                    sender.sendto(sent.to_bytes(4, "big") + bytes(size - 4),
                                  (client_address, 5998))
                    sent, next_at = sent + 1, next_at + gap
                wait = max(0, next_at - time.monotonic()) if sent < count else 1.5
                if select.select([receiver], [], [], wait)[0]:
                    arrived.append(int.from_bytes(receiver.recv(2048)[:4], "big"))
                elif sent >= count:
                    break
        return arrived

    def throughput(self, seconds=3, reverse=False):
        """Mbit/s of iperf3 through the tunnel."""
        server = self.server.start(["iperf3", "-s", "-1", "-B", INNER_SERVER],
                                   WORK + "/iperf3.log")
        try:
            def listening():
                return ":1451 " in self.server.run("cat", "/proc/net/tcp")[1].upper()
            wait_for(listening, 10, "the iperf3 server")
            _, out = self.client.run("iperf3", "-c", INNER_SERVER, "-t", str(seconds), "-f", "m",
                                     *(["-R"] if reverse else []), timeout=seconds + 30)
        finally:
            if server.poll() is None:
                Process(server.pid).send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(5)
        m = re.search(r"([\d.]+) Mbits/sec.*receiver", out)
        check(m, "iperf3 gave no result: " + out[-300:])
        return float(m[1])
