# SPDX-License-Identifier: GPL-2.0-or-later
# Tries the transaction with rpm; test_begin.sh has the arguments.
. ./test_begin.sh
rpm -U --test --nodigest --nosignature -- "$t"/*.rpm
