# SPDX-License-Identifier: GPL-2.0-or-later
# A set that was only staged is removed, and the folders of all jobs of propagate.
. ./transaction.sh
cd -- "$root" || exit 1
# Who was refused the node waits for nobody.
holds || exit 0; mine
case $(cat "$own/state" 2>/dev/null) in
'' | staged) rm -rf -- "$own" ;;
esac
set +f; cd .. || exit 1
# Whose jobs they were is dead, and none of them runs: we have the lock.
rm -rf jobs/2*T*Z-????????.*-commit jobs/2*T*Z-????????.*-revert*
