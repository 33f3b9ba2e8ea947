"""Serves a folder that Bazel filled as its disk cache to a build that cannot see it, read-only, by HTTP.

  serve_disk_cache.py FOLDER PORT_FILE     on a port of 127.0.0.1, which is written to PORT_FILE
"""

import http.server
import os
import re
import shutil
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked = re.fullmatch(r"/(ac|cas)/([0-9a-f]{64})", self.path)
        path = os.path.join(sys.argv[1], asked.group(1), asked.group(2)[:2], asked.group(2)) if asked else ""
        try:
            blob = open(path, "rb")
        except OSError:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        with blob:
            self.send_response(200)
            self.send_header("Content-Length", str(os.fstat(blob.fileno()).st_size))
            self.end_headers()
            shutil.copyfileobj(blob, self.wfile)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(str(server.server_address[1]))
    server.serve_forever()


main()
