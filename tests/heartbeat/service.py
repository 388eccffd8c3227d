#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The service behind the floating address: answers each line with the node's name; HTTP too."""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while line := await reader.readline():
            if line.startswith(b"GET "):
                while (await reader.readline()).strip():
                    pass
                body = sys.argv[1].encode() + b"\n"
                writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
                break
            writer.write(sys.argv[1].encode() + b" " + line)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 80, reuse_address=True)
    async with server:
        print("ready", flush=True)
        await server.serve_forever()


asyncio.run(main())
