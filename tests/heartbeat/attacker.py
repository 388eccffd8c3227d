#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user of a node may do to a daemon's control socket. Started as root, it becomes somebody else first.

attacker.py squat FOLDER NAME    as nobody: take the abstract name NAME and FOLDER/socket, connect, remove, replace
attacker.py idle SOCKET COUNT [GID]  as 100 users, of group GID: COUNT connections that say nothing, or half a hello
attacker.py odd SOCKET COUNT GID as a member of group GID: COUNT odd messages
attacker.py ask SOCKET GID        as a member of group GID: ask for a take-over again and again until SIGTERM
attacker.py notify SOCKET        a service manager whose queue is full until SIGTERM
attacker.py linger SOCKET GID     as a member of group GID: send last descriptors of sockets that close for an hour, in all
                                 ways, again and again until SIGTERM
attacker.py port ADDRESS PORT    as nobody: bind the UDP port, with every option that lets sockets share one
Prints "ready ..." with what it has, "heard N bytes" at SIGTERM."""
import ctypes
import encodings.idna  # looked for on demand otherwise, by somebody who may not read it
import os
import random
import signal
import socket
import struct
import sys
import threading

NOBODY = 65534
PR_SET_PDEATHSIG = 1


def become(user, groups):
    os.setgroups(groups)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def attempt(function, *arguments):
    try:
        function(*arguments)
        return True
    except OSError:
        return False


def serve(listener, heard):
    while True:
        connection = listener.accept()[0]
        heard.append(len(connection.recv(1 << 17)))


def squat(folder, name):
    become(NOBODY, [])
    heard, done = [], set()
    path = folder + "/socket"
    for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
        for address in ("\0" + name, path):
            listener = socket.socket(socket.AF_UNIX, kind)
            place = "abstract" if address[0] == "\0" else "place"
            if attempt(listener.bind, address):
                done.add(place)
                attempt(os.chmod, path, 0o777)
                listener.listen(16)
                threading.Thread(target=serve, args=(listener, heard), daemon=True).start()
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if "place" not in done:
        acts = {
            "connect": (client.connect, path),
            "remove": (os.unlink, path),
            "list": (os.listdir, folder),
            "make": (os.mkdir, os.path.dirname(folder) + "/other"),
            "rename": (os.rename, folder, folder + ".old"),
        }
        done |= {name for name, act in acts.items() if attempt(*act)}
    print("ready", *sorted(done), flush=True)
    signal.sigwait({signal.SIGTERM})
    print("heard %d bytes" % sum(heard), flush=True)


def idle_of(user, groups, path, count):
    become(user, groups)
    kept, refused = [], 0
    for i in range(count):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.setblocking(False)
        try:
            client.connect(path)
            if i % 2:
                client.send(b"Ha\1\0\0")
            kept.append(client)
        except OSError:
            refused += 1
    return kept, refused


def idle(path, count, groups):
    users = 100
    for i in range(users):
        ends = os.pipe()
        if os.fork() == 0:
            os.close(ends[0])
            kept, refused = idle_of(20000 + i, groups, path, count // users)
            # However the attacker ends, they end with it.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.write(ends[1], struct.pack("=II", len(kept), refused))
            signal.pause()
        os.close(ends[1])
        kept, refused = struct.unpack("=II", os.read(ends[0], 8))
        os.close(ends[0])
        idle.kept += kept
        idle.refused += refused
    print("ready %d connected %d refused" % (idle.kept, idle.refused), flush=True)
    signal.sigwait({signal.SIGTERM})


idle.kept = idle.refused = 0


def odd_message(lots):
    kind = lots.randrange(8)
    if kind == 0:
        return lots.randbytes(lots.randrange(1, 200))
    if kind == 1:
        return b"Ha\1\0\0\0\0\0" + lots.randbytes(2)
    if kind == 2:
        return b"Ha\4\0\0\0\0\1"[: lots.randrange(1, 9)]
    if kind == 3:
        return b"Ha\4\0\0\0\0\1" + b"x" * lots.choice((4096, 4097, 100000, 140000))
    if kind == 4:
        return struct.pack("!HBBI", 0x4861, lots.randrange(256), lots.randrange(256), lots.randrange(1 << 32)) + lots.randbytes(8)
    if kind == 5:
        command = lots.choice([b"status"] + [b"dance", b"request"] * 20)
        return b"Ha\4\0\0\0\0\1" + b'{"version":1,"command":"%s"}' % command
    if kind == 6:
        return b"Ha\4\0\0\0\0\1" + b"[" * lots.randrange(1, 4000)
    return b"Ha\6\0\0\0\0\1" + lots.randbytes(4)


def odd(path, count, group):
    become(20000, [group])
    seed = int.from_bytes(os.urandom(4), "big")
    print("seed %d" % seed, flush=True)
    lots = random.Random(seed)
    messages = [odd_message(lots) for _ in range(5000)]
    client, sent, dropped = None, 0, 0
    while sent < count:
        try:
            if client is None:
                client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                client.connect(path)
                client.setblocking(False)
                client.send(b"Ha\1\0\0\0\0\0\1\1")
            message = messages[lots.randrange(len(messages))]
            if lots.randrange(50) == 0:
                socket.send_fds(client, [message], [0, 1, 2])
            else:
                client.send(message)
            sent += 1
        except BlockingIOError:
            # The daemon takes its time for others: a flood goes on on another connection.
            client.close()
            client = None
        except OSError as problem:
            if problem.errno == 90:
                sent += 1
                continue
            dropped += 1
            client.close()
            client = None
    print("ready %d sent, %d times dropped" % (sent, dropped), flush=True)


def ask(path, group):
    become(20000, [group])
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(path)
    client.send(b"Ha\1\0\0\0\0\0\1\1")
    client.recv(9000)
    asked, stop = 0, []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    while not stop:
        client.send(b'Ha\4\0\0\0\0\1{"version":1,"command":"takeover"}')
        client.recv(9000)
        asked += 1
        if asked == 1000:
            print("ready", flush=True)
    print("heard %d answers" % asked, flush=True)


def notify(path):
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(path)
    os.chmod(path, 0o777)
    other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.connect(path)
    other.setblocking(False)
    while attempt(other.send, b"x"):
        pass
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    while manager.recv(4096) != b"READY=1":
        pass
    print("heard READY=1", flush=True)


def lingering(peers):
    listener = socket.create_server(("127.0.0.1", 0))
    full = socket.create_connection(listener.getsockname())
    peers.append(listener.accept()[0])
    full.setblocking(False)
    while attempt(full.send, b"x" * 65536):
        pass
    full.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 3600))
    return full


HELLO = b"Ha\1\0\0\0\0\0\1\1"


def hang_on(client):
    """Until the daemon hangs up: what it has not read would end with us else."""
    try:
        while client.recv(9000):
            pass
    except OSError:
        pass


def linger_once(path, way, peers):
    """Whether the descriptor was taken."""
    before = {"request": [HELLO], "behind": [b"not a hello", b""]}
    full = lingering(peers)
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.connect(path)
    for message in before.get(way, []):
        attempt(client.send, message)
    went = attempt(socket.send_fds, client, [b"" if way == "empty" else HELLO], [full.fileno()])
    # Whoever is last to close it waits, and that may be us.
    threading.Thread(target=full.close, daemon=True).start()
    if went and way != "gone":
        hang_on(client)
    client.close()
    return went


def linger(path, group):
    become(20000, [group])
    peers, places, stop = [], [], []
    rounds = taken = 0
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    while not stop:
        for way in ("first", "request", "behind", "empty", "gone"):
            taken += linger_once(path, way, peers)
        rounds += 1
        # In every second round all his places are taken: what he sends then is refused.
        for place in places:
            place.close()
        places = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(8 * (rounds % 2))]
        for place in places:
            place.connect(path)
            place.send(HELLO)
        del peers[:-20]
        if rounds == 4:
            print("ready, %d taken" % taken, flush=True)
    print("heard nothing, %d taken" % taken, flush=True)


def port(address, number):
    become(NOBODY, [])
    taken, shares = [], (socket.SO_REUSEADDR, socket.SO_REUSEPORT)
    for options in ((), shares[:1], shares[1:], shares):
        for at in ("0.0.0.0", address):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for option in options:
                client.setsockopt(socket.SOL_SOCKET, option, 1)
            if attempt(client.bind, (at, number)):
                taken.append(client)
    print("ready %d bound" % len(taken), flush=True)
    signal.sigwait({signal.SIGTERM})
    heard = 0
    for client in taken:
        client.setblocking(False)
        heard += attempt(client.recv, 1 << 16)
    print("heard %d" % heard, flush=True)


if sys.argv[1] == "port":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    port(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "ask":
    ask(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "notify":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    notify(sys.argv[2])
elif sys.argv[1] == "linger":
    linger(sys.argv[2], int(sys.argv[3]))
elif sys.argv[1] == "squat":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    squat(sys.argv[2], sys.argv[3])
elif sys.argv[1] == "idle":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    idle(sys.argv[2], int(sys.argv[3]), [int(group) for group in sys.argv[4:]])
else:
    odd(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
