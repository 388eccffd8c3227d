# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets: with --enable-fuzzing each is a libFuzzer program; without it the same target is
# linked with replay.c and replays its corpus folder (tests/fuzz/corpus/NAME) in `make check`.
# A new target is a line in this list.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_agent \
	tests/fuzz/fuzz_answer \
	tests/fuzz/fuzz_archive \
	tests/fuzz/fuzz_authkeys \
	tests/fuzz/fuzz_cluster \
	tests/fuzz/fuzz_condition \
	tests/fuzz/fuzz_facts \
	tests/fuzz/fuzz_groups \
	tests/fuzz/fuzz_ha_cf \
	tests/fuzz/fuzz_header \
	tests/fuzz/fuzz_ipc \
	tests/fuzz/fuzz_job \
	tests/fuzz/fuzz_kept \
	tests/fuzz/fuzz_keyring \
	tests/fuzz/fuzz_lease \
	tests/fuzz/fuzz_manifest \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_package \
	tests/fuzz/fuzz_profile \
	tests/fuzz/fuzz_reading \
	tests/fuzz/fuzz_record \
	tests/fuzz/fuzz_report \
	tests/fuzz/fuzz_request \
	tests/fuzz/fuzz_signature \
	tests/fuzz/fuzz_ssh_config_answer \
	tests/fuzz/fuzz_survey \
	tests/fuzz/fuzz_template
check_PROGRAMS += $(FUZZ_TARGETS)
check_LIBRARIES += tests/fuzz/libfuzz.a
tests_fuzz_libfuzz_a_SOURCES = tests/fuzz/lines.c tests/fuzz/lines.h
if !FUZZING
tests_fuzz_libfuzz_a_SOURCES += tests/fuzz/replay.c
TESTS += $(FUZZ_TARGETS)
endif
