#!/usr/bin/env bash
# The sample systemd units, offline: systemd-analyze finds nothing to complain
# of, and the exposure it counts stays under a limit.  TAP.
#
# usage: units-check.sh [MOST]   (exposure times ten; 25)
set -u
cd "$(dirname "$0")/.." || exit 1
most=${1:-25}
units=etc/systemd
n=0 failed=0
tap() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

if ! command -v systemd-analyze > /dev/null; then
	echo "1..0 # SKIP systemd-analyze is not installed (Debian: systemd)"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# verify wants the program to be there; it need not be installed here.
for unit in "$units"/*; do
	sed 's|^ExecStart=/usr/sbin/tonearmd |ExecStart=/bin/true |' "$unit" > "$work/${unit##*/}"
done
systemd-analyze verify --man=no "$work"/tonearm.service "$work"/tonearm.socket > "$work/verify" 2>&1
status=$?
[ -s "$work/verify" ] && status=1
tap "$status" "systemd-analyze verify has nothing to say"
sed 's/^/# /' "$work/verify"

systemd-analyze security --offline=true --threshold="$most" "$units/tonearm.service" \
	> "$work/security" 2>&1
tap $? "the exposure is at most $((most / 10)).$((most % 10)) of 10"
grep -E 'exposure level|✗' "$work/security" | sed 's/  */ /g; s/^/# /'

# What the service cannot do without, each with what would break.
for line in Type=notify KillMode=mixed NoNewPrivileges=yes OOMPolicy=continue LimitCORE=0 MemorySwapMax=0; do
	grep -qx "$line" "$units/tonearm.service"
	tap $? "the service has $line"
done
# Draining (master/supervisor/drain.c) must fit in the time to stop.
sum=$(awk '$1 == "#define" && $2 ~ /^(DRAIN|WORKERS|REST)_MS$/ {s += $3} END {print s / 1000}' master/supervisor/drain.c)
stop=$(sed -n 's/^TimeoutStopSec=//p' "$units/tonearm.service")
[ "${sum%.*}" -ge 10 ] && [ "${sum%.*}" -lt "$stop" ]
tap $? "a drain of $sum s fits in TimeoutStopSec=$stop"
# The proxies' samples reach the socket of the unit.
socket=$(sed -n 's/^ListenStream=//p' "$units/tonearm.socket")
for sample in etc/nginx/tonearm.conf etc/haproxy/haproxy.cfg etc/caddy/Caddyfile; do
	grep -qF "$socket" "$sample"
	tap $? "$sample names $socket"
done
echo "1..$n"
exit "$failed"
