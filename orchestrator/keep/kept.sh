# SPDX-License-Identifier: GPL-2.0-or-later
# The packages that earlier runs left, read by kept.c. $1 folder of all bundles, $2 package manager. A file's name comes
# last: it may hold blanks.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
for list in "$1"/*/SHA256SUMS; do
	[ -f "$list" ] || continue
	folder=${list%/SHA256SUMS}
	printf 'bundle %s\n' "${folder##*/}"
	while read -r digest file; do
		[ -f "$folder/$file" ] || continue
		# shellcheck disable=SC2016  # the package managers expand it
		case $2 in
		dpkg) said=$(dpkg-deb --show --showformat='${Package} ${Version} ${Architecture}' \
			"$folder/$file" 2>/dev/null) ;;
		*) said=$(rpm -qp --nodigest --nosignature --qf \
			'%{NAME} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE} %{ARCH}' \
			"$folder/$file" 2>/dev/null) ;;
		esac || continue
		size=$(wc -c <"$folder/$file") || continue
		# shellcheck disable=SC2086  # some wc put blanks before it
		printf 'package %s %s %s %s\n' "$digest" $size "$said" "$file"
	done <"$list"
done
echo end
