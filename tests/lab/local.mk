# SPDX-License-Identifier: GPL-2.0-or-later
# The independent client that watches the demo and the lab scenarios.
noinst_PROGRAMS += tests/lab/ask
tests_lab_ask_SOURCES = tests/lab/ask.c
tests_lab_ask_LDADD =
