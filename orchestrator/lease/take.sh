# SPDX-License-Identifier: GPL-2.0-or-later
# Atomically takes or renews the lease: when there is none, when it is ours, when its token is $3 (the one inherited;
# "" none), or when it ran out $4 seconds ago. One that cannot be read as text.h says is somebody else's. With $5 "renew"
# it is renewed when it is ours, and else left alone: one of another token that ran out, or none, says that somebody has
# been here meanwhile. Who slept through another's whole run would otherwise bring its own lease back and go on with an
# old plan. $6 to $10: identity, owner, purpose, cluster, heir. Prints "taken", or what is there.
. ./lease.sh
inherited=$3 seconds=$4 mode=$5; shift 5
mkdir -p -- "$folder" && cd -- "$folder" || exit 1
lock
now=$(date +%s)
readable() {
	case $old in *[!0-9a-f]*) return 1 ;; esac
	[ ${#old} -eq 64 ] && [ -n "$at" ]
}
may() {
	recall || { [ "$mode" = take ]; return; }
	[ "$old" != "$token" ] || return 0
	began=
	[ "$mode" = take ] && readable || return 1
	[ -z "$inherited" ] || [ "$old" != "$inherited" ] || return 0
	age=$((now - at))
	[ $age -ge "$seconds" ] || [ $age -le -"$seconds" ]
}
may || { show; exit 0; }
printf 'token %s\nidentity %s\nowner %s\npurpose %s\ncluster %s\nheir %s\n' "$token" "$@" >lease.new &&
	printf 'since %s\nrenewed %s\n' "${began:-$now}" "$now" >>lease.new &&
	sync lease.new && mv -f lease.new lease && sync . ||
	{ rm -f lease.new; exit 1; }
printf 'now %s\ntaken\nend\n' "$now"
