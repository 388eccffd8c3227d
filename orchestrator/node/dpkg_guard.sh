# SPDX-License-Identifier: GPL-2.0-or-later
# Runs dpkg so that no maintainer script starts the services. $1 dpkg_guard_systemd.sh, $2 dpkg_guard_policy.sh,
# $3 dpkg_guard_mount.sh, then services, "--", and the words that install.
#
# Debian's maintainer scripts start services that are stopped. While the package manager lives, the services have a
# condition that is false: the process, by its id and the marker in the folder it was started in. So nothing must be
# undone for them to start again, whatever becomes of us: not when we are killed, not after a power cut. Without systemd,
# invoke-rc.d asks a policy, which only the package manager's processes see, in a mount namespace of their own; for the
# mount there must be a file, which means nothing as it is not executable.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true
export LC_ALL PATH DEBIAN_FRONTEND DEBCONF_NONINTERACTIVE_SEEN
with_condition=$1 policy_words=$2 with_policy=$3; shift 3
set -f; services='' units=''
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	services="$services $1"
	case $1 in *.service | *.socket | *.target | *.timer | *.path | *.mount) units="$units $1" ;;
	*) units="$units $1.service" ;; esac
	shift
done
shift
if [ -d /run/systemd/system ]; then
	: >installing || exit 1
	sh -c "$with_condition" sh "$units" "$@"
	status=$?
	rm -f installing
	for unit in $units; do
		rm -f "/run/systemd/system/$unit.d/haupgrade-install.conf"
		rmdir "/run/systemd/system/$unit.d" 2>/dev/null
	done
	systemctl daemon-reload
	exit $status
fi
policy=/usr/sbin/policy-rc.d made=''
rm -f before; [ ! -x $policy ] || cp $policy before || exit 1
printf '#!/bin/sh\n%s\n' "$policy_words" >policy &&
	chmod 755 policy || exit 1
[ -e $policy ] || { : >$policy && chmod 644 $policy && made=1; } || exit 1
HAUPGRADE_SERVICES=$services HAUPGRADE_FOLDER=$(pwd)
export HAUPGRADE_SERVICES HAUPGRADE_FOLDER
unshare -m sh -c "$with_policy" sh $policy "$@"
status=$?
[ -z "$made" ] || rm -f $policy
exit $status
