#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: refused with a message that says what, where and what to do, before any node is
# touched, and the client is served throughout.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "refusals"
	scenario_bundles
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "refusals"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "refusals"
	bundle=$BATS_TEST_TMPDIR/bundle
	cp -r "$bundles/$scenario_new" "$bundle"
	client_start
}

teardown()
{
	client_stop
	lab heal
}

@test "one byte changed in a package: named with expected and actual digest" {
	file=$(basename "$(ls "$bundle"/hacluster-heartbeat-*.rpm)")
	expected=$(sed -n "s/^\([0-9a-f]*\)  $file\$/\1/p" "$bundle/SHA256SUMS")
	size=$(stat -c %s "$bundle/$file")
	byte=$(od -An -tu1 -j $((size - 100)) -N1 "$bundle/$file" | tr -d ' ')
	printf "\\x$(printf %02x $((byte ^ 1)))" |
		dd of="$bundle/$file" bs=1 seek=$((size - 100)) conv=notrunc status=none
	actual=$(sha256sum "$bundle/$file" | cut -d' ' -f1)

	haupgrade upgrade --yes "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "$file"
	expect_output "$expected"
	expect_output "$actual"
	expect_output "no node was touched"
	expect_untouched
	haupgrade verify "$bundle"
	[ "$status" -eq 1 ]
	expect_output "$actual"
	expect_served
}

@test "a manifest that names a missing file" {
	printf '%064d  hacluster-gone-0.2.0-1.x86_64.rpm\n' 0 >>"$bundle/SHA256SUMS"
	haupgrade upgrade --yes "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "hacluster-gone-0.2.0-1.x86_64.rpm"
	expect_output "no node was touched"
	expect_untouched
	expect_served
}

@test "a package older than the installed one" {
	"$top/tests/lab/packages.sh" "$bundles" 0.0.9
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/0.0.9"
	[ "$status" -eq 1 ]
	expect_output "hacluster-heartbeat-0.0.9"
	expect_output "older than the installed"
	expect_output "no node was touched"
	expect_untouched
	expect_served
}

@test "verify --against tells what a bundle would change, and touches nothing" {
	haupgrade verify --against "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_output "upgrade        hacluster-heartbeat-$scenario_new"
	expect_output "installed is 0:$scenario_old"
	expect_output "rpm -U --test accepts it, the space is there"
	expect_untouched
	"$top/tests/lab/packages.sh" "$bundles" 0.0.9
	haupgrade verify --against "$work/cluster.conf" "$bundles/0.0.9"
	[ "$status" -eq 1 ]
	expect_output "downgrade      hacluster-heartbeat-0.0.9"
	haupgrade verify --json --against "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_output '"change":"upgrade"'
	expect_untouched
	expect_served
}

@test "a cluster file with mistakes: all of them, with file and line" {
	sed -e 's/rate = 100/rate = lots/' -e 's/"192.0.2.12"/"bad address!"/' \
		-e 's/profile = /profil = /' "$work/cluster.conf" >"$BATS_TEST_TMPDIR/cluster.conf"
	haupgrade upgrade --yes "$BATS_TEST_TMPDIR/cluster.conf" "$bundle"
	[ "$status" -eq 2 ]
	expect_output "$BATS_TEST_TMPDIR/cluster.conf:2: "
	expect_output "profil"
	expect_output "$BATS_TEST_TMPDIR/cluster.conf:12: "
	expect_output "lots"
	expect_output "bad address!"
	expect_untouched
	expect_served
}

@test "a profile with mistakes: all of them, with file and line" {
	mkdir "$BATS_TEST_TMPDIR/profiles"
	sed -e 's/^\(\t* *\)role_log *= .*/\1role_log = "not-absolute"/' \
		-e 's/^\(\t* *\)package_manager *= .*/\1package_manager = "floppy"/' \
		"$top/profiles/hacluster.conf" >"$BATS_TEST_TMPDIR/profiles/hacluster.conf"
	run lab client "$top/build/haupgrade" --profile-dir "$BATS_TEST_TMPDIR/profiles" \
		upgrade --yes "$work/cluster.conf" "$bundle" --state-dir "$work/state"
	echo "$output"
	[ "$status" -eq 2 ]
	expect_output "$BATS_TEST_TMPDIR/profiles/hacluster.conf:"
	expect_output "not-absolute"
	expect_output "floppy"
	expect_served
}

@test "heartbeatd -n tells all mistakes of ha.cf, authkeys and groups.conf" {
	folder=$BATS_TEST_TMPDIR/ha.d
	mkdir "$folder"
	printf 'node node1 node2\nkeepalive soon\nudpport 99999\nwibble on\nucast eth0 192.0.2.300\n' \
		>"$folder/ha.cf"
	printf 'auth 1\n1 rot13 key\n2 sha256\n' >"$folder/authkeys"
	chmod 600 "$folder/authkeys"
	printf 'group "web" {\n\tfloating_ip "192.0.2.999/24" {\n\t\tdevice = "eth0"\n\t}\n\twibble = 1\n}\n' \
		>"$folder/groups.conf"
	run "$top/build/heartbeatd" -n --config-dir "$folder" --node node1
	echo "$output"
	[ "$status" -eq 1 ]
	expect_output "$folder/ha.cf:2: "
	expect_output "$folder/ha.cf:3: "
	expect_output "$folder/ha.cf:4: "
	expect_output "$folder/ha.cf:5: "
	expect_output "$folder/authkeys:2: "
	expect_output "$folder/authkeys:3: "
	expect_output "$folder/groups.conf:4: floating_ip \"192.0.2.999/24\""
	expect_output "$folder/groups.conf:5: "

	chmod 644 "$folder/authkeys"
	run "$top/build/heartbeatd" -n --config-dir "$folder" --node node1
	[ "$status" -eq 1 ]
	expect_output "chmod 600"
	expect_served
}

@test "an unknown host key" {
	: >"$BATS_TEST_TMPDIR/known_hosts"
	sed "s|known_hosts = .*|known_hosts = \"$BATS_TEST_TMPDIR/known_hosts\"|" \
		"$work/cluster.conf" >"$BATS_TEST_TMPDIR/cluster.conf"
	haupgrade upgrade --yes "$BATS_TEST_TMPDIR/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node1"
	expect_output "node2"
	expect_output "SHA256:"
	expect_output "$BATS_TEST_TMPDIR/known_hosts"
	expect_output "no node was touched"
	expect_untouched
	expect_served
}

@test "a refused login" {
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/other_key"
	sed "s|identity = .*|identity = \"$BATS_TEST_TMPDIR/other_key\"|" "$work/cluster.conf" \
		>"$BATS_TEST_TMPDIR/cluster.conf"
	haupgrade upgrade --yes "$BATS_TEST_TMPDIR/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node2"
	expect_output "root"
	expect_output "$BATS_TEST_TMPDIR/other_key"
	expect_untouched
	expect_served
}

@test "a node that cannot be reached before the start" {
	# The backup, so that the client stays served.
	[ "$(cluster_primary)" = node1 ]
	lab cut node2 public
	sed 's/ssh {/ssh { connect_timeout = "3s"/' "$work/cluster.conf" \
		>"$BATS_TEST_TMPDIR/cluster.conf"
	haupgrade upgrade --yes "$BATS_TEST_TMPDIR/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node2: reachable"
	expect_output "no node was touched"
	lab heal
	wait_until 60 lab ssh node2 true
	wait_until 60 cluster_serves
	expect_untouched
	expect_served
}

@test "preflight's table: a held lock, a full disk, different files, an unknown waiver" {
	# Debian 12's is in the user's home.
	lock=$(lab exec node2 rpm --eval %_dbpath)/.rpm.lock
	lab exec node2 mkfifo /run/hold
	"$top/tests/lab/lab" exec node2 flock "$lock" sh -c 'echo held >/run/held; read -r x </run/hold' 3>&- &
	holder=$!
	wait_until 30 lab exec node2 test -s /run/held
	lab exec node2 sh -c 'mkdir -p /var/lib/haupgrade && mount -t tmpfs -o size=4m none /var/lib/haupgrade
		cp -a /etc/ha.d/ha.cf /run/ha.cf; echo "# mine" >>/etc/ha.d/ha.cf'

	haupgrade upgrade --yes "$work/cluster.conf" "$bundle"
	refused=$status
	said=$output
	haupgrade plan --json --waive "pending-transactions=it ends soon" --waive "space-var=a test" \
		"$work/cluster.conf" "$bundle"
	lab exec node2 sh -c 'umount /var/lib/haupgrade; cp -a /run/ha.cf /etc/ha.d/ha.cf; echo >/run/hold'
	wait "$holder"

	[ "$status" -eq 0 ]
	expect_output '"waived":"it ends soon"'
	output=$said
	[ "$refused" -eq 1 ]
	expect_output "FAIL  node2: pending-transactions: a package manager is at work: lock, process and program are $lock"
	[[ $output =~ FAIL\ \ node2:\ space-var:\ /var/lib/haupgrade\ has\ 4096\ KiB\ free,\ 1[0-9]{4}\ KiB\ are\ needed ]]
	expect_output "make room on node2: "
	expect_output "warn  node2: config-drift: /etc/ha.d/ha.cf is not the same as on node1"
	expect_output "no node was touched"
	haupgrade upgrade --yes --waive clock=late "$work/cluster.conf" "$bundle"
	[ "$status" -eq 2 ]
	expect_output 'no check is called "clock"; those that can be waived are: signatures, '
	haupgrade upgrade --yes --waive one-primary=hm "$work/cluster.conf" "$bundle"
	[ "$status" -eq 2 ]
	expect_output "one-primary cannot be waived"
	expect_untouched
	expect_served
}

@test "a probe that asks at the wrong place" {
	sed 's|http://192.0.2.100/|http://192.0.2.2:81/|' "$work/cluster.conf" \
		>"$BATS_TEST_TMPDIR/cluster.conf"
	haupgrade upgrade --yes "$BATS_TEST_TMPDIR/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "no good answers from http://192.0.2.2:81/"
	expect_output "no node was touched"
	expect_untouched
	expect_served
}

@test "wrong usage is told with status 2" {
	run "$top/build/haupgrade" dance
	[ "$status" -eq 2 ]
	expect_output "unknown command 'dance'"
	run "$top/build/haupgrade" upgrade one
	[ "$status" -eq 2 ]
	expect_output "usage: haupgrade upgrade"
	run "$top/build/haupgrade" upgrade --wibble a b
	[ "$status" -eq 2 ]
	expect_output "--wibble"
	haupgrade upgrade --yes "$work/cluster.conf" /nonexistent
	[ "$status" -eq 2 ]
	expect_output "/nonexistent"
	haupgrade upgrade "$work/cluster.conf" "$bundle" </dev/null
	[ "$status" -eq 2 ]
	expect_output "--yes"
	expect_untouched
	expect_served
}
