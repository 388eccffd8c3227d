# SPDX-License-Identifier: GPL-2.0-or-later
# Becomes the package manager, with the file "policy" in the place of $1, in a mount namespace of its own (unshare). Then
# the words that install.
mount --make-rprivate / && mount --bind policy "$1" || exit 1
shift; exec "$@"
