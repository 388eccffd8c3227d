# SPDX-License-Identifier: GPL-2.0-or-later
# The independent client that watches the demo and the lab scenarios.
noinst_PROGRAMS += tests/lab/ask
tests_lab_ask_SOURCES = tests/lab/ask.c
tests_lab_ask_LDADD =

# What walls.bats sends into a node, to reach for the machine below it.
noinst_PROGRAMS += tests/lab/reach
tests_lab_reach_SOURCES = tests/lab/reach.c
tests_lab_reach_LDADD =
