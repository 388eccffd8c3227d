# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# One machine: made, switched on and off, entered; sourced by tests/lab/lab.
#
# $LAB_DIR/nodeI holds:  upper, work   what the node wrote (its disk)
#                        machine       who plays the hardware (machine.bash)
#                        boot          the root of the running boot's processes (boot.bash)
#                        door          the socket of the running boot (tests/lab/door.c)
#                        release       of which Debian it is: host, or another (LAB_RELEASES)
#                        state, boots  for status; boots has one line per boot
#                        console       what the node printed on its console
#                        saved-NAME    a copy of upper (lab save)
#                        cut-LINK      this cable is pulled

# node_make NODE: its disk, with what makes it this machine and no other.
node_make()
{
	local node=$1 dir=$LAB_DIR/$1 upper=$LAB_DIR/$1/upper other

	mkdir -p "$dir/work" "$upper/etc/ssh" "$upper/etc/lab" "$upper/root/.ssh"
	chmod 0700 "$upper/root" "$upper/root/.ssh"
	: > "$dir/boots"
	node_release "$node" > "$dir/release"
	echo off > "$dir/state"

	echo "$node" > "$upper/etc/hostname"
	tr -d - < /proc/sys/kernel/random/uuid > "$upper/etc/machine-id"
	{
		echo '127.0.0.1 localhost'
		echo "$CLIENT_ADDRESS client"
		for other in $(nodes); do
			echo "$(node_address "$PUBLIC_PREFIX" "$other") $other"
			echo "$(node_address "$INTERCONNECT_PREFIX" "$other") $other-interconnect"
		done
	} > "$upper/etc/hosts"
	cat > "$upper/etc/lab/network" <<-END
	link set lo up
	link set eth0 up
	link set eth1 up
	address add $(node_address "$PUBLIC_PREFIX" "$node")/24 brd + dev eth0
	address add $(node_address "$INTERCONNECT_PREFIX" "$node")/24 brd + dev eth1
	END

	ssh-keygen -q -t ed25519 -N '' -C "$node" -f "$upper/etc/ssh/ssh_host_ed25519_key"
	cp "$LAB_DIR/id_ed25519.pub" "$upper/root/.ssh/authorized_keys"
	chmod 0600 "$upper/root/.ssh/authorized_keys"
	printf '%s,%s %s\n' "$node" "$(node_address "$PUBLIC_PREFIX" "$node")" \
		"$(cut -d' ' -f1,2 "$upper/etc/ssh/ssh_host_ed25519_key.pub")" >> "$LAB_DIR/known_hosts"
}

# node_release NODE: the word of LAB_RELEASES that is its; "host" when there is none.
node_release()
{
	local releases

	read -ra releases <<< "$LAB_RELEASES"
	echo "${releases[${1#node} - 1]:-host}"
}

# node_start NODE POST: a machine process for NODE; POST: seconds of firmware before the boot.
# The caller holds the lab's lock as descriptor LAB_LOCK.  The new process inherits it and lets
# go once it has written down who it is.  So whoever gets the lock finds every machine there is,
# even if the caller was killed in between.
node_start()
{
	LAB_LOCK=$LAB_LOCK setsid bash "$LAB_HERE/lib/machine.bash" "$1" "$2" \
		< /dev/null >> "$LAB_DIR/$1/machine.log" 2>&1 &
	disown
	wait_until 10 process_recorded "$LAB_DIR/$1/machine" > /dev/null ||
		fail "$1: its machine process did not start; see $LAB_DIR/$1/machine.log"
}

node_is_on() { process_recorded "$LAB_DIR/$1/machine" > /dev/null; }

# node_stop NODE: everything in it ends here and now.
node_stop()
{
	# The machine leads a process group, and its boot dies with it; the boot is named again
	# because the machine may be killed just before it has tied the boot to itself.
	process_group_kill "$LAB_DIR/$1/machine"
	process_kill "$LAB_DIR/$1/boot"
	rm -f "$LAB_DIR/$1/machine" "$LAB_DIR/$1/boot"
}

node_power_off()
{
	[ $# = 1 ] || usage_error "power-off needs a node"
	node_check "$1"
	lab_lock
	# The links first: a machine without power does not say good-bye.
	network_detach "$1"
	node_stop "$1"
	# Again, for a machine that was plugging itself in at that moment.
	network_detach "$1"
	echo off > "$LAB_DIR/$1/state"
}

node_power_on()
{
	[ $# = 1 ] || usage_error "power-on needs a node"
	node_check "$1"
	lab_lock
	node_is_on "$1" || node_start "$1" "$LAB_POST_SECONDS"
}

# node_save NODE NAME, node_load NODE NAME: its disk, copied and put back while it is off.
node_save()
{
	rm -rf --one-file-system "$LAB_DIR/$1/saved-$2"
	cp -a "$LAB_DIR/$1/upper" "$LAB_DIR/$1/saved-$2"
}

node_load()
{
	[ -d "$LAB_DIR/$1/saved-$2" ] || fail "nothing was saved of $1: lab save comes first"
	rm -rf --one-file-system "$LAB_DIR/$1/upper" "$LAB_DIR/$1/work"
	mkdir "$LAB_DIR/$1/work"
	cp -a "$LAB_DIR/$1/saved-$2" "$LAB_DIR/$1/upper"
}

# node_exec NODE CMD...: exec, so that the caller's signals reach the command's keeper. The command is
# born in the node (tests/lab/door.c): it can do what the node can do, and no more.
node_exec()
{
	local node=${1:-}

	node_check "$node"
	shift
	[ $# -ge 1 ] || usage_error "exec needs a command"
	cd "$LAB_DIR" || exit
	exec ./door enter "$node" "$@"
}
