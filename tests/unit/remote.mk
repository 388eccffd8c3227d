# SPDX-License-Identifier: GPL-2.0-or-later
REMOTE_TESTS = tests/unit/test_quote tests/unit/test_session tests/unit/test_tally \
	tests/unit/test_probe tests/unit/test_journal
check_PROGRAMS += $(REMOTE_TESTS)
TESTS += $(REMOTE_TESTS)

tests_unit_test_quote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_quote_SOURCES = tests/unit/test_quote.c orchestrator/remote/quote.c
tests_unit_test_quote_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

# Real sshd on the loopback of a network namespace; skips with the reason where that cannot be.
tests_unit_test_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS) $(SSH_CFLAGS)
tests_unit_test_session_SOURCES = tests/unit/test_session.c tests/unit/sshd.c tests/unit/sshd.h \
	orchestrator/remote/channel.c orchestrator/remote/dial.c orchestrator/remote/hostkey.c \
	orchestrator/remote/quote.c orchestrator/remote/session.c orchestrator/remote/wait.c
tests_unit_test_session_LDADD = lib/base/libbase.a $(SSH_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS) \
	-lpthread

tests_unit_test_tally_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tally_SOURCES = tests/unit/test_tally.c orchestrator/probe/tally.c
tests_unit_test_tally_LDADD = $(CMOCKA_LIBS)

tests_unit_test_probe_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c orchestrator/probe/probe.c \
	orchestrator/probe/request.c orchestrator/probe/tally.c
tests_unit_test_probe_LDADD = lib/base/libbase.a $(CURL_LIBS) $(CMOCKA_LIBS) -lpthread

tests_unit_test_journal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c orchestrator/journal/database.c \
	orchestrator/journal/journal.c orchestrator/journal/load.c orchestrator/journal/lock.c
tests_unit_test_journal_LDADD = lib/base/libbase.a $(SQLITE_LIBS) $(CMOCKA_LIBS) -lpthread
