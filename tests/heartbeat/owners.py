#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells for how long none, one or several of the network namespaces (their files) had ADDRESS, as JSON.

owners.py ADDRESS FIFO NAMESPACE...; prints "ready", and the result after "x". It is told by the kernel of each change.
From "b" to "e" in FIFO the address is being moved, which makes before it breaks: several owners count as "moving" then."""
import ctypes
import json
import os
import select
import socket
import struct
import sys
import time

RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR, IFA_LOCAL, NLMSG_DONE = 20, 21, 22, 2, 3
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


def take(kernel):
    """All that there is to be heard of the wanted address, until the listing ends or nothing is there now."""
    while True:
        try:
            heard = kernel.recv(1 << 16)
        except BlockingIOError:
            return
        for kind, body in messages(heard):
            if kind == NLMSG_DONE:
                return
            if kind in (RTM_NEWADDR, RTM_DELADDR) and local_of(body) == wanted:
                watches[kernel] = kind == RTM_NEWADDR


wanted = socket.inet_aton(sys.argv[1])
watches = {}
for space in sys.argv[3:]:
    watches[watch(space)] = False
spent = {"none": 0.0, "one": 0.0, "several": 0.0, "moving": 0.0}
moving, stopped = False, False
# For writing, too: so it has no end.
wake = os.open(sys.argv[2], os.O_RDWR | os.O_NONBLOCK)
# The first answers say how it is now; from then on it counts.
for kernel in watches:
    take(kernel)
    kernel.setblocking(False)
since = time.monotonic()
print("ready", flush=True)
while not stopped:
    select.select([*watches, wake], [], [])
    now = time.monotonic()
    kind = ["none", "one", "several"][min(2, sum(watches.values()))]
    spent["moving" if moving and kind == "several" else kind] += (now - since) * 1000
    since = now
    told = os.read(wake, 100) if select.select([wake], [], [], 0)[0] else b""
    # What was told before a change is read before it, what was told after one behind it.
    moving = moving or b"b" in told
    for kernel in watches:
        take(kernel)
    marks = [letter for letter in told if letter in b"be"]
    if marks:
        moving = marks[-1] == ord("b")
    stopped = b"x" in told
print(json.dumps({name: round(ms, 1) for name, ms in spent.items()}), flush=True)
