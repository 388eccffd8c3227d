# SPDX-License-Identifier: GPL-2.0-or-later
# Prints $3 bytes of the file $1 from its byte $2, the first being 1.
tail -c "+$2" -- "$1" | head -c "$3"
