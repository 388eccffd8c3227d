# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the folders for the uploads. From $4: targets.
. ./transaction.sh
cd -- "$root" || exit 1
mine
for target; do mkdir -p -- "$own/new${target%/*}" || exit 1; done
