# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_block
TESTS += tests/unit/test_block
tests_unit_test_block_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_block_SOURCES = tests/unit/test_block.c
tests_unit_test_block_LDADD = lib/conf/libconf.a lib/base/libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_manifest tests/unit/test_package tests/unit/test_bundle
TESTS += tests/unit/test_manifest tests/unit/test_package tests/unit/test_bundle
tests_unit_test_manifest_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_manifest_SOURCES = tests/unit/test_manifest.c
tests_unit_test_manifest_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_package_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_package_SOURCES = tests/unit/test_package.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_package_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_bundle_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_bundle_SOURCES = tests/unit/test_bundle.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_bundle_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_container tests/unit/test_archive
TESTS += tests/unit/test_container tests/unit/test_archive
tests_unit_test_container_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ARCHIVE_CFLAGS)
tests_unit_test_container_SOURCES = tests/unit/test_container.c
tests_unit_test_container_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_archive_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_archive_SOURCES = tests/unit/test_archive.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_archive_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_progress
TESTS += tests/unit/test_progress
tests_unit_test_progress_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_progress_SOURCES = tests/unit/test_progress.c
tests_unit_test_progress_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_cluster
TESTS += tests/unit/test_cluster
tests_unit_test_cluster_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_cluster_SOURCES = tests/unit/test_cluster.c
tests_unit_test_cluster_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_deb tests/unit/test_version
TESTS += tests/unit/test_deb tests/unit/test_version
tests_unit_test_deb_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(ARCHIVE_CFLAGS)
tests_unit_test_deb_SOURCES = tests/unit/test_deb.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_deb_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_version_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_version_SOURCES = tests/unit/test_version.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_version_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_signature
TESTS += tests/unit/test_signature
tests_unit_test_signature_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_signature_SOURCES = tests/unit/test_signature.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_signature_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_completeness
TESTS += tests/unit/test_completeness
tests_unit_test_completeness_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_completeness_SOURCES = tests/unit/test_completeness.c
tests_unit_test_completeness_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_rpmkeys
TESTS += tests/unit/test_rpmkeys
tests_unit_test_rpmkeys_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rpmkeys_SOURCES = tests/unit/test_rpmkeys.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_rpmkeys_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_confine
TESTS += tests/unit/test_confine
tests_unit_test_confine_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_confine_SOURCES = tests/unit/test_confine.c
tests_unit_test_confine_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_authenticity
TESTS += tests/unit/test_authenticity
tests_unit_test_authenticity_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_authenticity_SOURCES = tests/unit/test_authenticity.c \
	tests/unit/package_fixture.c tests/unit/package_fixture.h
tests_unit_test_authenticity_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
