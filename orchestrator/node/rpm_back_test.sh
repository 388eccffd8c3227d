# SPDX-License-Identifier: GPL-2.0-or-later
# Tries with rpm to go back to older packages; test_begin.sh has the arguments.
. ./test_begin.sh
rpm -U --test --oldpackage --replacepkgs --nodigest --nosignature -- "$t"/*.rpm
