#!/usr/bin/env python3
"""Runs an MPI program on two "hosts" of one machine, with a slow link between them. Needs Linux and root.

    two_hosts.py --delay 10 --rate 1000 target/release/examples/exchange 433890

Each host is a network namespace with an interface of its own; this program carries the packets from one to the other, each so
many milliseconds after it was sent, at so many Mbit/s. `mpirun` reaches the hosts by `ip netns exec` in place of `ssh`.
"""
import argparse
import collections
import fcntl
import os
import select
import struct
import subprocess
import tempfile
import time

HOSTS = {"10.91.0.1": "nn-host-1", "10.91.0.2": "nn-host-2"}
MTU = 9000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def command(*words):
    subprocess.run(words, check=True)


def interface(address, name):
    """The end of an interface that this program holds; the other end is in the host."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    device = "nn-tun-" + name[-1]
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    command("ip", "link", "set", device, "netns", name)
    inside = ["ip", "netns", "exec", name, "ip"]
    command(*inside, "link", "set", "lo", "up")
    command(*inside, "addr", "add", address + "/24", "dev", device)
    command(*inside, "link", "set", device, "mtu", str(MTU), "txqueuelen", "10000", "up")
    return end


def carry(ends, delay, rate, is_running):
    """Packets from each end to the other, until the program is done."""
    waiting = {end: collections.deque() for end in ends}
    free = dict.fromkeys(ends, 0.0)
    while is_running():
        dues = [queue[0][0] for queue in waiting.values() if queue]
        now = time.monotonic()
        readable, _, _ = select.select(ends, [], [], max(0.0, min(dues, default=now + 0.05) - now))
        now = time.monotonic()
        for end in readable:
            to = ends[1 - ends.index(end)]
            for _ in range(64):
                try:
                    packet = os.read(end, 65536)
                except BlockingIOError:
                    break
                # It goes when the one before it has gone, and arrives after the delay.
                free[to] = max(free[to], now) + 8 * len(packet) / rate
                waiting[to].append((free[to] + delay, packet))
        for end, queue in waiting.items():
            while queue and queue[0][0] <= time.monotonic():
                try:
                    os.write(end, queue.popleft()[1])
                except OSError:
                    pass


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--delay", type=float, default=10, help="milliseconds each way")
    arguments.add_argument("--rate", type=float, default=1000, help="Mbit/s each way")
    arguments.add_argument("program", nargs=argparse.REMAINDER)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        agent = os.path.join(folder, "agent")
        cases = "\n".join(f"{address}) name={name};;" for address, name in HOSTS.items())
        with open(agent, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\ncase $1 in\n{cases}\nesac\nshift\nexec ip netns exec $name sh -c "$*"\n')
        os.chmod(agent, 0o755)
        try:
            for name in HOSTS.values():
                command("ip", "netns", "add", name)
            ends = [interface(address, name) for address, name in HOSTS.items()]
            job = ["ip", "netns", "exec", "nn-host-1", "mpirun", "--allow-run-as-root", "--mca", "plm_rsh_agent", agent]
            job += ["--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.91.0.0/24", "--mca", "oob_tcp_if_include", "10.91.0.0/24"]
            job += ["--bind-to", "none", "--host", ",".join(HOSTS), "-n", "2", *given.program]
            running = subprocess.Popen(job)
            carry(ends, given.delay / 1e3, given.rate * 1e6, lambda: running.poll() is None)
            return running.returncode
        finally:
            for name in HOSTS.values():
                subprocess.run(["ip", "netns", "del", name], check=False)


if __name__ == "__main__":
    raise SystemExit(main())
