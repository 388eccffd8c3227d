# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what survey.c reads; its TOKEN may be "". From $4: targets, "--", services.
# The start of a service tells whether it can have read the files; systemd alone knows it.
. ./transaction.sh
echo "now $(date +%s)"
if cd -- "$root" 2>/dev/null; then
	# shellcheck disable=SC2045  # their names are ours: no blanks
	for tx in $(ls); do
		[ ! -d "$tx" ] || echo "transaction $tx $(cat "$tx/state" 2>/dev/null)"
	done
fi
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	target=$1; shift
	if [ -L "$target" ]; then echo "symlink $(readlink -- "$target")"
	elif [ -f "$target" ]; then
		echo "file $(stat -c '%a %u %g %U %G %Z' -- "$target")" \
			"$(sha256sum <"$target" | cut -d' ' -f1)"
	elif [ -e "$target" ]; then echo other
	elif [ -d "${target%/*}/" ]; then echo absent
	else echo folderless
	fi
done
shift
for unit; do
	since='' enabled=''
	if [ -d /run/systemd/system ]; then
		enabled=$(systemctl is-enabled "$unit" 2>/dev/null)
		if systemctl --quiet is-active "$unit"; then
			since=$(systemctl show --property ExecMainStartTimestamp --value "$unit")
			since=$(date -d "$since" +%s 2>/dev/null)
		fi
	elif command -v chkconfig >/dev/null; then
		! chkconfig "$unit" >/dev/null 2>&1 || enabled=enabled
	else
		set +f; ls /etc/rc[2345].d/S[0-9][0-9]"$unit" >/dev/null 2>&1 && enabled=enabled
		set -f
	fi
	echo "service ${enabled:-disabled} ${since:--} $unit"
done
echo end
