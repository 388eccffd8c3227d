# SPDX-License-Identifier: GPL-2.0-or-later
# What has become of the configuration files since, read by config_files.c; config_look.sh has the arguments. Those of
# packages that are gone count, too: hence the paths of before.
. ./config_look.sh
[ -e config-before ] || { echo end; exit 0; }
{ cat config-paths; paths "$@"; } | states >config-after || exit 1
awk '{ path = substr($0, 67) }
	FILENAME == "config-before" { before[path] = $1; next }
	!(path in before) { print "new " path; next }
	before[path] != $1 { print "changed " path }
	{ delete before[path] }
	END { for (path in before) print "removed " path }' config-before config-after | sort
echo end
