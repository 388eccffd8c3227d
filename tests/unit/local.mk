# SPDX-License-Identifier: GPL-2.0-or-later
# cmocka unit tests: a folder per room, a program per module. A new test is a line in this list:
# its source is NAME.c, and it is linked with the fixtures and all libraries. What a test defines
# itself (the doubles of a node, say) takes the place of the libraries' own.
UNIT_TEST_NAMES = \
	tests/unit/base/test_base \
	tests/unit/bundle/test_archive \
	tests/unit/bundle/test_authenticity \
	tests/unit/bundle/test_bundle \
	tests/unit/bundle/test_completeness \
	tests/unit/bundle/test_sandbox \
	tests/unit/bundle/test_container \
	tests/unit/bundle/test_deb \
	tests/unit/bundle/test_librpm_words \
	tests/unit/bundle/test_manifest \
	tests/unit/bundle/test_package \
	tests/unit/bundle/test_rpmkeys \
	tests/unit/bundle/test_signature \
	tests/unit/bundle/test_deb_version \
	tests/unit/check/test_check \
	tests/unit/check/test_named_checks \
	tests/unit/cluster/test_cluster \
	tests/unit/cluster/test_message \
	tests/unit/cluster/test_profile \
	tests/unit/cluster/test_window \
	tests/unit/command/test_option_table \
	tests/unit/command/test_output \
	tests/unit/command/test_progress \
	tests/unit/conf/test_block \
	tests/unit/conf/test_line \
	tests/unit/engine/test_engine \
	tests/unit/engine/test_engine_guard \
	tests/unit/engine/test_engine_stop \
	tests/unit/engine/test_rewind \
	tests/unit/event/test_event \
	tests/unit/files/test_file_scripts \
	tests/unit/files/test_files \
	tests/unit/files/test_propagate_node \
	tests/unit/files/test_take_back \
	tests/unit/gate/test_gate \
	tests/unit/gate/test_gate_hook \
	tests/unit/gate/test_gate_window \
	tests/unit/gate/test_mail \
	tests/unit/heartbeat/test_daemon \
	tests/unit/heartbeat/test_floating_addresses \
	tests/unit/heartbeat/test_group_simulation \
	tests/unit/heartbeat/test_heartbeat_config \
	tests/unit/heartbeat/test_membership \
	tests/unit/heartbeat/test_switch_over \
	tests/unit/ipc/test_ipc_closer \
	tests/unit/ipc/test_ipc_connections \
	tests/unit/ipc/test_ipc_message \
	tests/unit/ipc/test_ipc_places \
	tests/unit/journal/test_journal \
	tests/unit/journal/test_journal_chain \
	tests/unit/journal/test_journal_crash \
	tests/unit/journal/test_journal_damage \
	tests/unit/journal/test_lock \
	tests/unit/keep/test_kept_packages \
	tests/unit/keep/test_previous \
	tests/unit/lease/test_lease \
	tests/unit/lease/test_lease_nodes \
	tests/unit/net/test_net \
	tests/unit/net/test_net6 \
	tests/unit/node/test_answer \
	tests/unit/node/test_condition \
	tests/unit/node/test_config_files \
	tests/unit/node/test_connections \
	tests/unit/node/test_facts \
	tests/unit/node/test_facts_command \
	tests/unit/node/test_job \
	tests/unit/node/test_nodes \
	tests/unit/node/test_packager \
	tests/unit/node/test_start \
	tests/unit/plan/test_plan \
	tests/unit/probe/test_held_connections \
	tests/unit/probe/test_https \
	tests/unit/probe/test_probe \
	tests/unit/probe/test_tally \
	tests/unit/program/test_child \
	tests/unit/program/test_log \
	tests/unit/program/test_notify \
	tests/unit/program/test_output_queue \
	tests/unit/program/test_service \
	tests/unit/remote/test_credentials \
	tests/unit/remote/test_libssh_words \
	tests/unit/remote/test_quote \
	tests/unit/remote/test_route \
	tests/unit/remote/test_secret \
	tests/unit/remote/test_ssh_config \
	tests/unit/report/test_history \
	tests/unit/report/test_report \
	tests/unit/report/test_report_page \
	tests/unit/run/test_advice \
	tests/unit/run/test_bootstrap_survey \
	tests/unit/run/test_checks \
	tests/unit/run/test_drive \
	tests/unit/run/test_drive_lease \
	tests/unit/run/test_judge \
	tests/unit/run/test_later_runs \
	tests/unit/run/test_plan_record \
	tests/unit/run/test_recorder \
	tests/unit/run/test_rescue \
	tests/unit/run/test_run_options \
	tests/unit/run/test_start_services_again \
	tests/unit/screen/test_screen \
	tests/unit/screen/test_terminal \
	tests/unit/step/test_preview \
	tests/unit/step/test_bootstrap \
	tests/unit/step/test_failover \
	tests/unit/step/test_install \
	tests/unit/step/test_intend \
	tests/unit/step/test_reboot \
	tests/unit/step/test_rehearsal_restore \
	tests/unit/wire/test_wire
# These need a real sshd, and root: `make check` leaves them out, ./check runs them inside the lab.
SSHD_TESTS = \
	tests/unit/probe/test_vantage \
	tests/unit/remote/test_session \
	tests/unit/remote/test_session_login \
	tests/unit/remote/test_session_loss \
	tests/unit/remote/test_session_sudo \
	tests/unit/remote/test_session_upload \
	tests/unit/remote/test_session_way

# What several tests share.
tests_unit_libfixture_a_SOURCES = \
	tests/unit/bundle/package_fixture.c tests/unit/bundle/package_fixture.h \
	tests/unit/engine/engine_fixture.c tests/unit/engine/engine_fixture.h \
	tests/unit/gate/gate_fixture.c tests/unit/gate/gate_fixture.h \
	tests/unit/net/conversation.c tests/unit/net/conversation.h \
	tests/unit/heartbeat/group_world.c tests/unit/heartbeat/group_world.h \
	tests/unit/ipc/ipc_world.c tests/unit/ipc/ipc_world.h \
	tests/unit/net/namespace.c tests/unit/net/namespace.h \
	tests/unit/journal/journal_fixture.c tests/unit/journal/journal_fixture.h \
	tests/unit/probe/http_server.c tests/unit/probe/http_server.h \
	tests/unit/remote/session_fixture.c tests/unit/remote/session_fixture.h \
	tests/unit/remote/sshd.c tests/unit/remote/sshd.h \
	tests/unit/report/report_fixture.c tests/unit/report/report_fixture.h \
	tests/unit/step/fake_node.c tests/unit/step/fake_node.h

# There is no memory there when the test says so.
tests_unit_base_test_base_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc
# The kernel's answers are bent there.
tests_unit_heartbeat_test_floating_addresses_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=netlink_ask
# The nodes are doubles there.
tests_unit_run_test_bootstrap_survey_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=nodes_ask_all,--wrap=propagate_look,--wrap=propagate_wants
tests_unit_remote_test_ssh_config_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=child_run,--wrap=clock_monotonic_ms
tests_unit_keep_test_previous_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=kept_packages_ask,--wrap=link_expect
# A run of two nodes that are what the test says (fake_node.h).
FAKE_NODE = $(AM_LDFLAGS) -Wl,--wrap=clock_monotonic_ms,--wrap=clock_sleep_ms \
	-Wl,--wrap=nodes_ask,--wrap=nodes_look,--wrap=nodes_ask_all \
	-Wl,--wrap=link_close,--wrap=link_dial,--wrap=link_words,--wrap=watch_moved \
	-Wl,--wrap=installation_await,--wrap=node_start,--wrap=step_unmark,--wrap=run_context_note_start \
	-Wl,--wrap=lease_check,--wrap=lease_held_token
tests_unit_files_test_propagate_node_LDFLAGS = $(FAKE_NODE) \
	-Wl,--wrap=link_script,--wrap=link_upload,--wrap=job_start,--wrap=job_wait
tests_unit_run_test_drive_lease_LDFLAGS = $(FAKE_NODE) -Wl,--wrap=step_run
tests_unit_run_test_advice_LDFLAGS = $(FAKE_NODE)
tests_unit_run_test_rescue_LDFLAGS = $(FAKE_NODE)
tests_unit_run_test_start_services_again_LDFLAGS = $(FAKE_NODE)
tests_unit_step_test_bootstrap_LDFLAGS = $(FAKE_NODE) \
	-Wl,--wrap=propagate_look,--wrap=propagate_run,--wrap=propagate_wants
tests_unit_step_test_failover_LDFLAGS = $(FAKE_NODE)
tests_unit_step_test_install_LDFLAGS = $(FAKE_NODE) \
	-Wl,--wrap=job_wait,--wrap=job_start,--wrap=job_forget,--wrap=link_script \
	-Wl,--wrap=packager_install_line,--wrap=packager_is_busy,--wrap=step_upload_mend \
	-Wl,--wrap=config_files_before,--wrap=config_files_after
tests_unit_step_test_reboot_LDFLAGS = $(FAKE_NODE)
tests_unit_step_test_rehearsal_restore_LDFLAGS = $(FAKE_NODE)

if UNIT_TESTS
check_LIBRARIES += tests/unit/libfixture.a
check_PROGRAMS += $(UNIT_TEST_NAMES) $(SSHD_TESTS)
TESTS += $(UNIT_TEST_NAMES)
endif

# To skip (77) is to fail here.
check-sshd: $(SSHD_TESTS)
	@for program in $(SSHD_TESTS); do ./$$program || exit 1; done
.PHONY: check-sshd

