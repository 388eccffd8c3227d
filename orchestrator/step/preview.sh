# SPDX-License-Identifier: GPL-2.0-or-later
# The packages of these names that are installed, read by preview_judge.c. $1 package manager, then names.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
manager=$1; shift
case $manager in
dpkg)
	echo "machine $(dpkg --print-architecture)"
# 1: one of the names is not known.
	dpkg-query -W -f='have ${Package} ${Version} ${Architecture} ${Status}\n' -- "$@" 2>/dev/null
	[ $? -le 1 ] || exit 1 ;;
*)
	echo "machine $(uname -m)"
	rpm -qa --qf 'have %{NAME} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE} %{ARCH} install ok installed\n' "$@" || exit 1 ;;
esac
echo end
