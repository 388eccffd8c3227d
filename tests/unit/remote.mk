# SPDX-License-Identifier: GPL-2.0-or-later
REMOTE_TESTS = tests/unit/test_quote tests/unit/test_route tests/unit/test_secret \
	tests/unit/test_credentials tests/unit/test_tally tests/unit/test_probe \
	tests/unit/test_journal tests/unit/test_journal_damage tests/unit/test_journal_crash \
	tests/unit/test_journal_chain tests/unit/test_lock tests/unit/test_held tests/unit/test_https
# These need a real sshd, and root: `make check` leaves them out, ./check runs them inside the lab.
SSHD_TESTS = tests/unit/test_session tests/unit/test_session_login tests/unit/test_session_loss \
	tests/unit/test_session_upload tests/unit/test_session_sudo tests/unit/test_session_way \
	tests/unit/test_vantage
check_PROGRAMS += $(REMOTE_TESTS) $(SSHD_TESTS)
TESTS += $(REMOTE_TESTS)

# To skip (77) is to fail here.
check-sshd: $(SSHD_TESTS)
	@for program in $(SSHD_TESTS); do ./$$program || exit 1; done
.PHONY: check-sshd

tests_unit_test_quote_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_quote_SOURCES = tests/unit/test_quote.c orchestrator/remote/quote.c
tests_unit_test_quote_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

tests_unit_test_route_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_route_SOURCES = tests/unit/test_route.c
tests_unit_test_route_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_secret_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS) -lutil

tests_unit_test_credentials_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_credentials_SOURCES = tests/unit/test_credentials.c
tests_unit_test_credentials_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS) -lutil -lpthread

# On the loopback of a network namespace.
SESSION_TEST_FILES = tests/unit/session_fixture.c tests/unit/session_fixture.h \
	tests/unit/sshd.c tests/unit/sshd.h
SESSION_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_session_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_SOURCES = tests/unit/test_session.c $(SESSION_TEST_FILES)
tests_unit_test_session_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_login_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_login_SOURCES = tests/unit/test_session_login.c $(SESSION_TEST_FILES)
tests_unit_test_session_login_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_loss_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_loss_SOURCES = tests/unit/test_session_loss.c $(SESSION_TEST_FILES)
tests_unit_test_session_loss_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_upload_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_upload_SOURCES = tests/unit/test_session_upload.c $(SESSION_TEST_FILES)
tests_unit_test_session_upload_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_sudo_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_sudo_SOURCES = tests/unit/test_session_sudo.c $(SESSION_TEST_FILES)
tests_unit_test_session_sudo_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_way_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_session_way_SOURCES = tests/unit/test_session_way.c $(SESSION_TEST_FILES)
tests_unit_test_session_way_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_tally_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_tally_SOURCES = tests/unit/test_tally.c orchestrator/probe/tally.c \
	orchestrator/probe/timeline.c
tests_unit_test_tally_LDADD = $(CMOCKA_LIBS)

tests_unit_test_probe_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CURL_CFLAGS)
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c
tests_unit_test_probe_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_https_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_https_SOURCES = tests/unit/test_https.c
tests_unit_test_https_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS) -lpthread
tests_unit_test_held_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_held_SOURCES = tests/unit/test_held.c tests/unit/keeper.c tests/unit/keeper.h
tests_unit_test_held_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS) -lpthread
tests_unit_test_vantage_CPPFLAGS = $(SESSION_TEST_CPPFLAGS)
tests_unit_test_vantage_SOURCES = tests/unit/test_vantage.c tests/unit/keeper.c tests/unit/keeper.h \
	$(SESSION_TEST_FILES)
tests_unit_test_vantage_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS) -lpthread

JOURNAL_TEST_FILES = tests/unit/journal_fixture.c tests/unit/journal_fixture.h
JOURNAL_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_journal_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c $(JOURNAL_TEST_FILES)
tests_unit_test_journal_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_journal_damage_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_unit_test_journal_damage_SOURCES = tests/unit/test_journal_damage.c $(JOURNAL_TEST_FILES)
tests_unit_test_journal_damage_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_journal_chain_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_unit_test_journal_chain_SOURCES = tests/unit/test_journal_chain.c $(JOURNAL_TEST_FILES)
tests_unit_test_journal_chain_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_journal_crash_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_unit_test_journal_crash_SOURCES = tests/unit/test_journal_crash.c $(JOURNAL_TEST_FILES)
tests_unit_test_journal_crash_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lock_CPPFLAGS = $(JOURNAL_TEST_CPPFLAGS)
tests_unit_test_lock_SOURCES = tests/unit/test_lock.c $(JOURNAL_TEST_FILES)
tests_unit_test_lock_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
