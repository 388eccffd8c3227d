# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The cached middle layer: what nodes need and the host must not get; sourced by tests/lab/lab.
#
# A node's root is an overlay: its own upper directory, this layer, and the host's "/", or instead of that
# the tree of another release (release.bash); LAYER_BASE is which of them.
# Overlayfs refuses a lower layer that lies inside another one ("/" holds every directory of
# this host), so the layer is a file system of its own: a sparse ext4 image, made as the upper
# directory over "/" and renamed to its final name only when whole.

LAYER_SIZE=4G

# layer_family: which package list and which package manager the base uses.
layer_family()
{
	local word

	for word in $(. "$LAYER_BASE/etc/os-release" && echo "$ID ${ID_LIKE:-}"); do
		if [ -e "$LAB_HERE/packages/node.$word" ]; then
			echo "$word"
			return
		fi
	done
	unusable "no list of node packages for this distribution in $LAB_HERE/packages"
}

# base_packages FAMILY: what is installed there, which is all that a node sees of it.
base_packages()
{
	case $1 in
	debian) dpkg-query --admindir="${LAYER_BASE%/}/var/lib/dpkg" -W \
			-f '${Package} ${Architecture} ${Version} ${db:Status-Status}\n' ;;
	esac
}

# layer_image: the image's path; its name changes with everything the layer is made from.  What
# lies at the base's top, and the project's own place where the nodes would see it, are hidden by
# the layer: both matter, so that no folder made after the layer is seen through it.
layer_image()
{
	local family key

	family=$(layer_family)
	key=$({ cat "$LAB_HERE/packages/"{node,debs}".$family" "$LAB_HERE"/{lib/layer*.bash,door.c} \
			"$LAYER_BASE/etc/os-release"
	        echo "$LAYER_BASE"
	        base_packages "$family"
	        ls -A "$LAYER_BASE"
	        case $LAB_HERE in /usr/*|/var/*|/etc/*) echo "$LAB_HERE" ;; esac; } | sha256sum)
	echo "$LAB_CACHE/layer-${key:0:16}.ext4"
}

# layer_make [host|RELEASE]: makes the layer over the host's root, or over that release, unless it is
# there already; sets LAYER_IMAGE and LAYER_BASE.
layer_make()
{
	local lock

	commands_check
	LAYER_BASE=/
	if [ "${1:-host}" != host ]; then
		release_make "$1"
		LAYER_BASE=$(release_tree "$1")
	fi
	LAYER_IMAGE=$(layer_image)
	[ ! -e "$LAYER_IMAGE" ] || return 0

	mkdir -p "$LAB_CACHE"
	exec {lock}> "$LAB_CACHE/lock"
	if ! flock -n "$lock"; then
		say "another lab is making the node layer; waiting for it"
		flock "$lock"
	fi
	if [ ! -e "$LAYER_IMAGE" ]; then
		say "making the node layer (once; log: $LAB_CACHE/layer.log)"
		# In the background, so that a signal to us is handled at once; and whatever way we
		# end, SIGKILL included, the whole build dies with us and takes its mounts along.
		setpriv --pdeathsig KILL \
			unshare --mount --pid --fork --kill-child --mount-proc \
			bash "$LAB_HERE/lib/layer-build.bash" "$LAB_HERE" "$(layer_family)" \
			     "$LAYER_SIZE" "$LAYER_IMAGE" "$LAYER_BASE" > "$LAB_CACHE/layer.log" 2>&1 < /dev/null &
		LAYER_BUILDER=$!
		if ! wait "$LAYER_BUILDER" 2> /dev/null; then
			tail -n 20 "$LAB_CACHE/layer.log" >&2
			fail "the node layer could not be made; whole log: $LAB_CACHE/layer.log"
		fi
		LAYER_BUILDER=
	fi
	exec {lock}>&-
}

# layer_abandon: stops a build of ours, if there is one.
layer_abandon()
{
	[ -n "${LAYER_BUILDER:-}" ] || return 0
	kill -KILL "$LAYER_BUILDER" 2>/dev/null || true
	wait "$LAYER_BUILDER" 2> /dev/null || true
	rm -f "$LAB_CACHE/new.ext4"
	rmdir "$LAB_CACHE/build" 2>/dev/null || true
}

layer_command()
{
	[ $# -le 1 ] || usage_error "layer takes at most a release"
	trap layer_abandon EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	layer_make "$@"
	say "$LAYER_IMAGE"
}
