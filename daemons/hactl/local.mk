# SPDX-License-Identifier: GPL-2.0-or-later
# hactl: a node's operator's view.
sbin_PROGRAMS += hactl
