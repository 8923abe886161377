#!/bin/sh
# SPDX-License-Identifier: ISC
# encl webhook and encl subscribe: what a person does to be told of a chain, and
# what the other side gets.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/cli.sh
cli_start

cat >receiver.py <<'E2'
import http.server, json

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open("got", "a") as f:
            f.write(json.loads(body)["type"] + " " +
                    self.headers["webhook-signature"][:4] + "\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

s = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open("port", "w") as f:
    f.write(str(s.server_port) + " ")
s.serve_forever()
E2
python3 receiver.py &
children="$children $!"
started port ' '
hook=http://127.0.0.1:$(tr -d ' ' <port)/

is "log in" 0 -- login --server "$ENCLD_URL" --token-file token --root sim/root.pem
is "a key" 0 -- key generate ctl.key --name ctl
cat >def.yaml <<'E2'
name: payments
image: registry.example.org/payments:1
source: { repo: "https://example.org/payments", commit: 9f3c2e1 }
egress: { default: deny, rules: [ { host: api.example.org, ports: [ 443 ] } ] }
E2
is "an enclave" 0 -- enclave create -f def.yaml --control-key file:ctl.key --min-delay 1h --yes

is "an address that is none is refused" 2 json_field -- webhook create ftp://example.org/ payments
is "a webhook" 0 -- webhook create "$hook" payments
says "its key is shown" out '^key  *whpk_[A-Za-z0-9+/]*=$'
id=$(awk '$1 == "id" { print $2 }' out)
key=$(awk '$1 == "key" { print $2 }' out)
is "it is listed" 0 -- webhook list
says "with its address" out "$hook"
is "a test" 0 -- webhook test "$id"
started got webhook.test
says "signed with Ed25519" got '^webhook.test v1a,$'
taken() {
	encl webhook deliveries "$id" -o json
	grep -q '"delivered": *true' out
}
comes taken || fail "it was not delivered"
is "the log" 0 -- webhook deliveries "$id"
says "says that it was taken" out ' yes  *204 '
delivery=$(awk 'NR == 2 { print $1 }' out)
is "once more" 0 -- webhook redeliver "$id" "$delivery"
twice() { [ "$(grep -c webhook.test got)" -ge 2 ]; }
comes twice && echo "ok - comes" || fail "once more"
is "another key" 0 -- webhook rotate-secret "$id"
[ "$key" != "$(awk '$1 == "key" { print $2 }' out)" ] &&
	echo "ok - it is another one" || { echo "not ok - it is the same"; bad=1; }
is "enable" 0 -- webhook enable "$id"
is "show" 0 -- webhook show "$id" -o json
says "for programs" out '"disabled": *null'
is "delete" 0 -- webhook delete "$id"
is "it is gone" 5 not_found -- webhook show "$id"

is "mails" 0 -- subscribe payments alice@example.org
says "ask first" err 'asks whether this address wants'
is "an address that is none" 2 json_field -- subscribe payments alice
exit $bad
