# SPDX-License-Identifier: GPL-2.0-or-later
# Says that sudo has let us in, then runs. $1 what is in the mark, $2 the command line. The mark itself is nowhere in the
# words, for sudo repeats them when it refuses them.
printf '<run %s>' "$1"; printf '<run %s>' "$1" >&2; exec sh -c "$2"
