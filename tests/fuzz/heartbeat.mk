# SPDX-License-Identifier: GPL-2.0-or-later
HEARTBEAT_FUZZ = tests/fuzz/fuzz_message tests/fuzz/fuzz_ha_cf tests/fuzz/fuzz_authkeys \
	tests/fuzz/fuzz_groups tests/fuzz/fuzz_request
check_PROGRAMS += $(HEARTBEAT_FUZZ)
if !FUZZING
TESTS += $(HEARTBEAT_FUZZ)
endif
EXTRA_DIST += tests/fuzz/corpus

tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(FUZZ_MAIN)
tests_fuzz_fuzz_message_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_message_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_message_LDADD = $(HEARTBEAT_LIBS)

tests_fuzz_fuzz_ha_cf_SOURCES = tests/fuzz/fuzz_ha_cf.c $(FUZZ_MAIN)
tests_fuzz_fuzz_ha_cf_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_ha_cf_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_ha_cf_LDADD = $(HEARTBEAT_LIBS)

tests_fuzz_fuzz_authkeys_SOURCES = tests/fuzz/fuzz_authkeys.c $(FUZZ_MAIN)
tests_fuzz_fuzz_authkeys_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_authkeys_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_authkeys_LDADD = $(HEARTBEAT_LIBS)

tests_fuzz_fuzz_groups_SOURCES = tests/fuzz/fuzz_groups.c $(FUZZ_MAIN)
tests_fuzz_fuzz_groups_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_groups_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_groups_LDADD = $(HEARTBEAT_LIBS)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c $(FUZZ_MAIN)
tests_fuzz_fuzz_request_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_request_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_request_LDADD = $(HEARTBEAT_LIBS)

