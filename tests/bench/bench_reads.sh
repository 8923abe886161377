#!/bin/sh
# SPDX-License-Identifier: ISC
# Pages of entries, 2 KB and 64 KB, on 64 connections that are kept: against
# nginx with a file of the same bytes, and against libmicrohttpd alone.  Then
# what 10,000 idle connections cost.
cd "$(dirname "$0")/../.." || exit 1
ROUNDS=${BENCH_ROUNDS:-9}
SECONDS_EACH=1
. tests/bench/stack.sh
missing wrk nginx curl taskset
PATH=$PATH:/usr/sbin
export ENCLD_LOOPS=$SERVER_THREADS
stack_start
stack_appends
chain=$(appends grow 400) || exit 1
path=/v1/chains/$chain/entries
tile=$ENCLD_URL/v1/chains/$chain/tile/0/000

# limit_for BYTES: so many entries from the start take about that.
limit_for() {
	n=1 size=0
	while [ "$size" -lt "$1" ]; do
		n=$((n + 1 + n / 8))
		size=$(curl -sf "$ENCLD_URL$path?limit=$n" | wc -c)
	done
	echo $n
}
small=$(limit_for 2048) || exit 1
large=$(limit_for 65536) || exit 1
mkdir "$T/www"
curl -sf -o "$T/www/small" "$ENCLD_URL$path?limit=$small" || exit 1
curl -sf -o "$T/www/large" "$ENCLD_URL$path?limit=$large" || exit 1
curl -sf -o "$T/www/tile" "$tile" || exit 1
chmod -R a+rX "$T"
echo "# pages of $(wc -c <"$T/www/small") and $(wc -c <"$T/www/large") bytes"

nginx_port=$(free_port)
cat >"$T/nginx.conf" <<CONF
worker_processes $SERVER_THREADS;
worker_rlimit_nofile 20000;
pid $T/nginx.pid;
error_log $T/nginx.log;
events { worker_connections 12000; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	keepalive_timeout 300;
	open_file_cache max=100;
	client_body_temp_path $T/body;
	proxy_temp_path $T/proxy;
	fastcgi_temp_path $T/fastcgi;
	uwsgi_temp_path $T/uwsgi;
	scgi_temp_path $T/scgi;
	server {
		listen 127.0.0.1:$nginx_port reuseport;
		root $T/www;
		default_type application/cbor-seq;
	}
}
CONF
taskset -c "$SERVER_CPUS" nginx -c "$T/nginx.conf" -g 'daemon off;' \
	2>/dev/null &
pids="$pids $!"
bare_port=$(free_port)
taskset -c "$SERVER_CPUS" "$B/tests/bench/bare_mhd" "$bare_port" \
	"$SERVER_THREADS" "$T/www/small" "$T/www/large" &
pids="$pids $!"
wait_port "$nginx_port"
wait_port "$bare_port"
pin "$SERVER_CPUS" "$ENCLD_PID"

# Whoever is first in one round is last in the next: what else the machine
# does hits all alike.
turn=0
round() { # PAGE LIMIT -> encld nginx bare
	case $((turn % 3)) in
	0) order='e n m' ;;
	1) order='n m e' ;;
	*) order='m e n' ;;
	esac
	for who in $order; do
		case $who in
		e) [ "$1" = tile ] && url=$tile || url=$ENCLD_URL$path?limit=$2 ;;
		n) url=http://127.0.0.1:$nginx_port/$1 ;;
		m) [ "$1" = tile ] && m=1 && continue
			url=http://127.0.0.1:$bare_port/$1 ;;
		esac
		eval "$who=$(wrk_per_second "$url" $SECONDS_EACH)"
	done
	# shellcheck disable=SC2154
	echo "$e $n $m"
}
i=0
while [ $i -lt "$ROUNDS" ]; do
	round small "$small" >>"$T/small"
	round large "$large" >>"$T/large"
	round tile 0 >>"$T/tile"
	turn=$((turn + 1))
	i=$((i + 1))
done
for p in small large; do
	echo "# $p, a second: encld $(column "$T/$p" 1 | median), nginx $(column "$T/$p" 2 | median), bare libmicrohttpd $(column "$T/$p" 3 | median)"
done
figure reads_2k_over_nginx "$(ratios "$T/small" 1 2 | median)" '>=1.1'
figure reads_2k_over_bare "$(ratios "$T/small" 1 3 | median)" '>=0.9'
figure reads_64k_over_nginx "$(ratios "$T/large" 1 2 | median)" '>=1.1'
echo "# tile, a second: encld $(column "$T/tile" 1 | median), nginx $(column "$T/tile" 2 | median)"
figure tiles_over_nginx "$(ratios "$T/tile" 1 2 | median)" '>=1.1'
figure reads_64k_over_bare "$(ratios "$T/large" 1 3 | median)" '>=0.9'

# The same with 10,000 more that do nothing; what they cost is what encld's
# memory grew by.
rss() {
	awk '/^VmRSS/ { print $2 }' "/proc/$ENCLD_PID/status"
}
idle=10000
i=0
while [ $i -lt 3 ]; do
	without=$(wrk_per_second "$ENCLD_URL$path?limit=$small" $SECONDS_EACH)
	before=$(rss)
	mkfifo "$T/hold"
	"$B/tests/bench/idle" "${ENCLD_LISTEN##*:}" "$path?limit=$small" $idle \
		<"$T/hold" >"$T/idle" &
	holder=$!
	exec 7>"$T/hold"
	for _ in $(seq 200); do
		grep -q ready "$T/idle" && break
		sleep 0.1
	done
	after=$(rss)
	with=$(wrk_per_second "$ENCLD_URL$path?limit=$small" $SECONDS_EACH)
	exec 7>&-
	wait $holder || exit 1
	rm -f "$T/hold"
	echo "$with $without $before $after"
	# What was freed may be used again: only the first round is memory.
	i=$((i + 1))
done >"$T/idles"
figure reads_idle_kib "$(head -n 1 "$T/idles" |
	awk -v n=$idle '{ printf "%.2f\n", ($4 - $3) / n }')" '<=6'
figure reads_beside_idle "$(ratios "$T/idles" 1 2 | median)" '>=0.9'
