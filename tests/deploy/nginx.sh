#!/bin/sh
# SPDX-License-Identifier: ISC
# The shipped nginx configuration before a real encld: the cases of the header
# gate through it, over TLS.
cd "$(dirname "$0")/../.." || exit 1
for p in nginx openssl python3; do
	PATH=$PATH:/usr/sbin command -v $p >/dev/null || {
		echo "skipped nginx: no $p"
		exit 77
	}
done
. tests/lib/pg.sh
. tests/lib/encld.sh
pg_start
encld_start || exit 1
T=$(mktemp -d /tmp/encl-nginx.XXXXXX)
trap 'kill "$nginx"; wait "$nginx"; rm -rf "$T"; encld_stop; pg_stop' EXIT
port=$(free_port)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=encl.example.org -keyout "$T/privkey.pem" \
	-out "$T/fullchain.pem" 2>/dev/null
sed -e "s|127.0.0.1:8420|$ENCLD_LISTEN|" -e "s|/etc/encl/tls|$T|" \
	-e "s|listen 8443 ssl|listen 127.0.0.1:$port ssl|" \
	-e '/listen \[::\]/d' deploy/nginx/encl.conf >"$T/encl.conf"
cat >"$T/nginx.conf" <<EOF
daemon off;
pid $T/pid;
error_log $T/error.log;
events {}
http {
	access_log off;
	client_body_temp_path $T/body;
	proxy_temp_path $T/proxy;
	fastcgi_temp_path $T/fastcgi;
	uwsgi_temp_path $T/uwsgi;
	scgi_temp_path $T/scgi;
	include $T/encl.conf;
}
EOF
PATH=$PATH:/usr/sbin nginx -c "$T/nginx.conf" -e "$T/error.log" &
nginx=$!
answers() { # or has ended
	! kill -0 $nginx 2>/dev/null || curl -sk -o /dev/null "https://127.0.0.1:$port/"
}
comes answers && kill -0 $nginx || { cat "$T/error.log"; exit 1; }
ENCLD_URL=https://127.0.0.1:$port python3 tests/api/http_raw.py proxy
rc=$?
# Streams pass through as they come.
python3 - "$port" <<'EOF' || rc=1
import socket
import ssl
import sys

c = ssl.create_default_context()
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 120) as raw, \
        c.wrap_socket(raw, server_hostname="encl.example.org") as s:
    s.sendall(b"GET /v1/events HTTP/1.1\r\nHost: encl.example.org\r\n\r\n")
    text = b""
    while b"retry: 3000" not in text:
        more = s.recv(4096)
        if not more:
            sys.exit(f"not ok a stream through the proxy: {text!r}")
        text += more
print("ok a stream comes through the proxy at once")
EOF
exit $rc
