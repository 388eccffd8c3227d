#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets descriptors be sent to the daemon PID, as on a kernel before 6.16, which has no SO_PASSRIGHTS.

old_kernel.py PID; prints "ready". It changes the daemon's own listening socket, of which it has a copy (pidfd_getfd(2))."""
import ctypes
import errno
import os
import socket
import sys

SYS_PIDFD_GETFD, SO_PASSRIGHTS = 438, 83

pid = int(sys.argv[1])
process = os.pidfd_open(pid)
libc = ctypes.CDLL(None, use_errno=True)
found = 0
for number in os.listdir("/proc/%d/fd" % pid):
    if not os.readlink("/proc/%d/fd/%s" % (pid, number)).startswith("socket:"):
        continue
    copy = libc.syscall(SYS_PIDFD_GETFD, process, int(number), 0)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    one = socket.socket(fileno=copy)
    if one.family == socket.AF_UNIX and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        found += 1
        try:
            one.setsockopt(socket.SOL_SOCKET, SO_PASSRIGHTS, 1)
        except OSError as problem:
            if problem.errno != errno.ENOPROTOOPT:
                raise
    one.close()
if found != 1:
    sys.exit("%d listening sockets" % found)
print("ready")
