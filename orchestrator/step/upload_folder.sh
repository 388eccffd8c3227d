# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the folder $1.
umask 077; mkdir -p -- "$1"
