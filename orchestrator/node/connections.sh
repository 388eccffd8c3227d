# SPDX-License-Identifier: GPL-2.0-or-later
# The connections a node serves, read by connections.c. $1 command line, $2 how many of its lines to show. There may be
# a hundred thousand.
LC_ALL=C; export LC_ALL
said=$(sh -c "$1" </dev/null) || exit 1
printf '%s\n' "$said" | awk -v most="$2" '
	NF { if (n < most) line[n] = substr($0, 1, 200); n++ }
	END { print "connections " (n + 0); for (i = 0; i < n && i < most; i++) print line[i] }'
