# SPDX-License-Identifier: GPL-2.0-or-later
# How both looks at configuration files begin. $1 folder of the job, $2 package manager, then names of packages.
# "paths" prints the packages' configuration files, "states" digest and path of each of them and of what package managers
# leave beside it.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH; umask 077
mkdir -p -- "$1" && cd -- "$1" || exit 1
manager=$2; shift 2
paths() {
	[ $# -gt 0 ] || return 0
	case $manager in
	dpkg) dpkg-query -W -f='${Conffiles}\n' -- "$@" 2>/dev/null |
		sed -n 's|^ \(/.*\) [0-9a-f]\{32\}.*$|\1|p' ;;
	*) rpm -qc -- "$@" 2>/dev/null | grep '^/' ;;
	esac
}
states() {
	sort -u | while IFS= read -r path; do
		for end in '' .rpmnew .rpmsave .rpmorig .dpkg-dist .dpkg-new .dpkg-old; do
			[ ! -f "$path$end" ] || sha256sum -- "$path$end"
		done
	done
}
