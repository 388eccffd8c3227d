# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what is in the file $1.
exec cat -- "$1"
