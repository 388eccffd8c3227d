# SPDX-License-Identifier: GPL-2.0-or-later
# From $4: services. Enables each at boot; whether it is then, look.sh tells.
. ./transaction.sh
mine
for unit; do
	if [ -d /run/systemd/system ]; then systemctl --quiet enable "$unit"
	elif command -v chkconfig >/dev/null; then
		chkconfig --add "$unit" 2>/dev/null; chkconfig "$unit" on
	elif command -v update-rc.d >/dev/null; then
		update-rc.d "$unit" defaults && update-rc.d "$unit" enable
	else fail 'there is neither systemctl nor chkconfig nor update-rc.d'
	fi || exit 1
done
