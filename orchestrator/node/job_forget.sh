# SPDX-License-Identifier: GPL-2.0-or-later
# How the job in folder $1 ended does not count any more.
cd -- "$1" 2>/dev/null && [ -e status ] || exit 0; mv status status.told && sync .
