#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps one connection to ADDRESS and says a line each 50 ms for SECONDS; tells who answered."""
import socket
import sys
import time

end = time.monotonic() + float(sys.argv[2])
answered = []
with socket.create_connection((sys.argv[1], 80), timeout=5) as connection:
    stream = connection.makefile("rwb")
    while time.monotonic() < end:
        stream.write(b"hello\n")
        stream.flush()
        answer = stream.readline()
        if not answer:
            print("cut", flush=True)
            sys.exit(1)
        if not answered:
            print("ready", flush=True)
        answered.append(answer.split()[0].decode())
        time.sleep(0.05)
print("answered", len(answered), "by", *sorted(set(answered)), flush=True)
