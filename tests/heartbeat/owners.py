#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells for how long none, one or several of the network namespaces (their files) had ADDRESS, as JSON.

owners.py ADDRESS NAMESPACE...; prints "ready", and the result at SIGTERM. It is told by the kernel of each change."""
import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
import time

RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR, IFA_LOCAL = 20, 21, 22, 2
libc = ctypes.CDLL(None, use_errno=True)


def messages(data):
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:length]
        data = data[(length + 3) & ~3 :]


def local_of(body):
    attributes = body[8:]
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == IFA_LOCAL:
            return attributes[4:8]
        attributes = attributes[max(4, (length + 3) & ~3) :]
    return None


def watch(name):
    with open(name) as space:
        if libc.setns(space.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    kernel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    kernel.bind((0, 0x10))
    kernel.send(struct.pack("=IHHII", 24, RTM_GETADDR, 0x301, 1, 0) + struct.pack("=BBBBI", socket.AF_INET, 0, 0, 0, 0))
    return kernel


wanted = socket.inet_aton(sys.argv[1])
watches = {}
for space in sys.argv[2:]:
    watches[watch(space)] = False
spent = {"none": 0.0, "one": 0.0, "several": 0.0}
stopped = False
wake, waker = os.pipe()


def stop(*_):
    os.write(waker, b"x")


signal.signal(signal.SIGTERM, stop)
# The first answers say how it is now; from then on it counts.
for kernel in watches:
    done = False
    while not done:
        for kind, body in messages(kernel.recv(1 << 16)):
            done = done or kind == 3
            if kind == RTM_NEWADDR and local_of(body) == wanted:
                watches[kernel] = True
since = time.monotonic()
print("ready", flush=True)
while not stopped:
    ready, _, _ = select.select([*watches, wake], [], [])
    now = time.monotonic()
    spent[["none", "one", "several"][min(2, sum(watches.values()))]] += (now - since) * 1000
    since = now
    for source in ready:
        if source == wake:
            stopped = True
            continue
        for kind, body in messages(source.recv(1 << 16)):
            if kind in (RTM_NEWADDR, RTM_DELADDR) and local_of(body) == wanted:
                watches[source] = kind == RTM_NEWADDR
print(json.dumps({name: round(ms, 1) for name, ms in spent.items()}), flush=True)
