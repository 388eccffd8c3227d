#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTPS server that appends what is posted to a file: webhook.py CERTIFICATE KEY FILE PORT-FILE"""
import http.server
import os
import ssl
import sys

certificate, key, file, port_file = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        with open(file, "ab") as received:
            received.write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(port_file + ".new", "w") as port:
    port.write(str(server.server_port))
os.rename(port_file + ".new", port_file)
server.serve_forever()
