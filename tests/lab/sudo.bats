#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job by a user who is not root: sudo without a password on one node and with one on the
# other, a key that only the ssh agent has, through a jump host, over IPv6, as an ssh configuration says.

password='ge heim%$x'

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "sudo"
	scenario_bundles
}

# node3 is the jump host and no part of the cluster.
setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "sudo"
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	mkdir -p "$work"
	lab up 3
	cluster_file >"$work/cluster.conf"
	cluster_install "$bundles/$scenario_old"
	cluster_start
	administrator_make
	client_start
}

teardown()
{
	rm -f "$work/sampling"
	[ -z "${terminal_pid:-}" ] || kill "$terminal_pid" 2>/dev/null || :
	[ -z "${sampler_pid:-}" ] || wait "$sampler_pid" || :
	client_stop
	[ -z "${agent_pid:-}" ] || kill "$agent_pid" 2>/dev/null || :
	lab down
}

# IPv6 for NODE with that number, now and after each boot.
ipv6_add()
{
	lab exec "$1" sh -c 'echo "address add $1/64 dev eth0 nodad" >>/etc/lab/network
		ip address add "$1/64" dev eth0 nodad' sh "2001:db8::$2"
}

# The user on NODE; $2 is what sudoers say.
user_add()
{
	# shellcheck disable=SC2016
	lab exec "$1" sh -c 'useradd -m -s /bin/sh -p "$1" ha-admin
		mkdir -p /home/ha-admin/.ssh && cat >/home/ha-admin/.ssh/authorized_keys
		chown -R ha-admin: /home/ha-admin/.ssh && chmod -R go= /home/ha-admin/.ssh' \
		sh "$hash" <"$work/key.pub"
	[ -z "$2" ] || echo "ha-admin ALL=(ALL:ALL) $2" | node_put "$1" /etc/sudoers.d/ha-admin 440
}

administrator_make()
{
	local i hash

	ssh-keygen -q -t ed25519 -N '' -C admin -f "$work/key"
	SSH_AUTH_SOCK=$work/agent
	ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null 2>&1 3>&- &
	agent_pid=$!
	export SSH_AUTH_SOCK
	wait_until 10 test -S "$SSH_AUTH_SOCK"
	ssh-add -q "$work/key"
	rm "$work/key"
	hash=$(printf '%s' "$password" | openssl passwd -6 -stdin)
	user_add node1 'NOPASSWD: ALL'
	user_add node2 'ALL'
	user_add node3 ''
	lab client ip address add 2001:db8::2/64 dev eth0 nodad
	eval "$(lab env)"
	for i in 1 2 3; do
		ipv6_add "node$i" "1$i"
		sed -n "s/^node$i,[^ ]*/2001:db8::1$i/p" "$LAB_KNOWN_HOSTS" >>"$work/known"
		printf 'Host node%d\n\tHostName 2001:db8::1%d\n' "$i" "$i" >>"$work/ssh_config"
	done
	cat >>"$work/ssh_config" <<-END
	Host node1 node2
		ProxyJump node3
	Host *
		User ha-admin
		UserKnownHostsFile $work/known
	END
	sed -e '/ssh {/,/}/c\ssh { config = "ssh_config" }' -e 's/ { address = "[^"]*" }/ { }/' \
		"$work/cluster.conf" >"$work/sudo.conf"
}

# Where the password is that may not be anywhere; it is itself in no argument here, either.
sample()
{
	while [ -e "$work/sampling" ]; do
		grep -alFf <(printf '%s\n' "$password") /proc/[0-9]*/cmdline /proc/[0-9]*/environ \
			2>/dev/null >>"$work/found" || :
		echo >>"$work/samples"
		sleep 0.2
	done
}

sampler_start()
{
	touch "$work/sampling"
	sample 3>&- &
	sampler_pid=$!
}

# absent COMMAND...: it finds nothing, when it is given the password to look for. ("! COMMAND" alone
# fails no test.)
absent()
{
	local found

	found=$(printf '%s\n' "$password" | "$@") || :
	[ -z "$found" ] || { echo "the password is in: $found"; return 1; }
}

sampled() { [ "$(wc -l <"$work/samples")" -gt 10 ]; }

expect_nowhere()
{
	local node

	wait_until 60 sampled
	rm "$work/sampling"
	wait "$sampler_pid"
	sampler_pid=
	[ ! -s "$work/found" ] || { cat "$work/found"; return 1; }
	absent grep -rlaFf - -D skip "$work"
	for node in node1 node2 node3; do
		# It finds what is there, ...
		printf 'ha-admin\n' | lab exec "$node" grep -rqaFf - -D skip /etc
		# ... and the password is not.
		absent lab exec "$node" grep -rlasFf - -D skip \
			/etc /home /root /run /tmp /var/lib/haupgrade /var/log /var/spool /var/tmp
		lab exec "$node" journalctl --no-pager -o export >"$work/journal"
		absent grep -alFf - "$work/journal"
	done
}

# terminal_start COMMAND [ARGUMENT...]: haupgrade on a terminal of its own, where descriptor 5 types
# and whose screen is a file; behind it, its exit status and how the terminal was left. ^C comes to
# the shell, too, as to every shell that waits for a command.
terminal_start()
{
	rm -f "$work/keys" "$work/screen" "$work/tty"
	mkfifo "$work/keys"
	exec 5<>"$work/keys"
	cat >"$work/at-terminal" <<-'END'
	trap : INT
	top=$1 work=$2
	shift 2
	tty >"$work/tty"
	"$top/tests/lab/lab" client "$top/build/haupgrade" "$@" "$work/sudo.conf" \
		--state-dir "$work/state" --profile-dir "$top/profiles"
	echo "ended with $?"
	stty -a
	END
	script --quiet --flush --echo always --command \
		"$(printf '%q ' sh "$work/at-terminal" "$top" "$work" "$@")" "$work/screen" \
		<"$work/keys" >/dev/null 2>&1 3>&- 5>&- &
	terminal_pid=$!
}

shows() { grep -sqF -- "$1" "$work/screen"; }

# The terminal's setting echo; "-echo" is off.
echo_is() { grep -qE "(^| )$1( |\$)" <(tr -d '\r' | tr ';' ' '); }

# When it asks, nothing is shown of what is typed.
terminal_asks()
{
	wait_until 60 shows "$1" || { cat "$work/screen"; return 1; }
	stty -F "$(cat "$work/tty")" -a | echo_is -echo
}

terminal_end()
{
	wait_while 60 kill -0 "$terminal_pid" 2>/dev/null
	wait "$terminal_pid"
	terminal_pid=
	exec 5>&-
	cat "$work/screen"
	sed '1,/^ended with/d' "$work/screen" | echo_is echo
	sed '1,/^ended with/d' "$work/screen" | echo_is isig
}

@test "asked on a terminal: a wrong password, then the right one; ^C leaves the echo on" {
	sampler_start
	terminal_start status
	terminal_asks "Password of ha-admin for sudo on node2: "
	echo "not $password" >&5
	terminal_asks "Wrong. Password of ha-admin for sudo on node2: "
	echo "$password" >&5
	terminal_end
	shows "ended with 0"
	# Asked twice, and not once more for all that was done by sudo behind it.
	[ "$(grep -oF "Password of" "$work/screen" | wc -l)" -eq 2 ]
	terminal_start status
	terminal_asks "Password of ha-admin for sudo on node2: "
	printf '\003' >&5
	terminal_end
	shows "ended with 1"
	# Nor has anybody waited for the two in vain.
	expect_served
	expect_nowhere
}

@test "upgraded by sudo, agent, jump host and IPv6; the password is nowhere; nobody notices" {
	sampler_start
	run lab client "$top/build/haupgrade" upgrade --yes --verbose --password-fd 4 "$work/sudo.conf" \
		"$bundles/$scenario_new" --state-dir "$work/state" --profile-dir "$top/profiles" \
		4< <(printf '%s\n' "$password")
	echo "$output" | tee "$work/output"
	[ "$status" -eq 0 ]
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	[ "$(cluster_primary)" = node2 ]
	# It really was that way: nobody but the jump host ever logged in as the user.
	lab exec node1 journalctl --no-pager -u ssh | grep -q 'for ha-admin from 2001:db8::13 '
	lab exec node2 journalctl --no-pager -u ssh | grep -q 'for ha-admin from 2001:db8::13 '
	[ -z "$(lab exec node2 journalctl --no-pager -u ssh | grep 'for ha-admin' |
		grep -v 'from 2001:db8::13 ')" ]
	lab exec node2 journalctl --no-pager | grep -q 'ha-admin : .*USER=root'
	expect_nowhere
	# Without the password, and with nobody to ask, it says so.
	run lab client setsid -w "$top/build/haupgrade" status "$work/sudo.conf" --state-dir "$work/state" \
		--profile-dir "$top/profiles"
	[ "$status" -eq 1 ]
	expect_output "the password of ha-admin for sudo: there is no terminal to ask for it on; give it with --password-fd"
	expect_served
}
