# SPDX-License-Identifier: GPL-2.0-or-later
# Takes down how the packages' configuration files are; config_look.sh has the arguments.
. ./config_look.sh
[ ! -e config-before ] || exit 0
paths "$@" >config-paths; states <config-paths >config-before.new &&
	mv config-before.new config-before
