# SPDX-License-Identifier: GPL-2.0-or-later
# What invoke-rc.d asks (policy-rc.d): 101, "forbidden", for the services; for all others what was there before answers.
for word; do
	case " $HAUPGRADE_SERVICES " in *" $word "* | *" ${word%.service} "*) exit 101 ;; esac
done
[ ! -x "$HAUPGRADE_FOLDER/before" ] || exec "$HAUPGRADE_FOLDER/before" "$@"
