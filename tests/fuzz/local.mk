# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets: with --enable-fuzzing each is a libFuzzer program; without it the same target is
# linked with replay.c and replays its corpus folder (tests/fuzz/corpus/NAME) in `make check`.
if FUZZING
FUZZ_MAIN =
else
FUZZ_MAIN = tests/fuzz/replay.c
endif
include tests/fuzz/heartbeat.mk
include tests/fuzz/orchestrator.mk
include tests/fuzz/files.mk
include tests/fuzz/keep.mk
include tests/fuzz/lease.mk
include tests/fuzz/check.mk
