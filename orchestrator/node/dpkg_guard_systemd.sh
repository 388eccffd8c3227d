# SPDX-License-Identifier: GPL-2.0-or-later
# Becomes the package manager, and while this process exists the units' condition is false. $1 units, one blank between;
# then the words that install. dpkg_guard.sh starts it in the folder with the marker, and cleans up.
for unit in $1; do
	mkdir -p "/run/systemd/system/$unit.d" &&
		printf '[Unit]\nConditionPathExists=!/proc/%s/cwd/installing\n' $$ \
			>"/run/systemd/system/$unit.d/haupgrade-install.conf" || exit 1
done
systemctl daemon-reload || exit 1
shift; exec "$@"
