# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/node/access.c orchestrator/node/access.h \
	orchestrator/node/answer.c orchestrator/node/answer.h \
	orchestrator/node/condition.c orchestrator/node/condition.h \
	orchestrator/node/condition_command.c \
	orchestrator/node/config_files.c orchestrator/node/config_files.h \
	orchestrator/node/connections.c orchestrator/node/connections.h \
	orchestrator/node/facts.c orchestrator/node/facts.h \
	orchestrator/node/facts_command.c \
	orchestrator/node/installation.c orchestrator/node/installation.h \
	orchestrator/node/job.c orchestrator/node/job.h \
	orchestrator/node/link.c orchestrator/node/link.h \
	orchestrator/node/nodes.c orchestrator/node/nodes.h \
	orchestrator/node/packager.c orchestrator/node/packager.h \
	orchestrator/node/role_line.c orchestrator/node/role_line.h \
	orchestrator/node/script.h \
	orchestrator/node/start.c orchestrator/node/start.h \
	orchestrator/node/target.c orchestrator/node/target.h
EMBEDDED_SHELL += \
	orchestrator/node/condition.sh \
	orchestrator/node/config_after.sh \
	orchestrator/node/config_before.sh \
	orchestrator/node/connections.sh \
	orchestrator/node/dpkg_guard.sh \
	orchestrator/node/dpkg_guard_mount.sh \
	orchestrator/node/dpkg_guard_policy.sh \
	orchestrator/node/dpkg_guard_systemd.sh \
	orchestrator/node/dpkg_test.sh \
	orchestrator/node/facts.sh \
	orchestrator/node/job_forget.sh \
	orchestrator/node/job_run.sh \
	orchestrator/node/job_start.sh \
	orchestrator/node/job_wait.sh \
	orchestrator/node/rpm_back_test.sh \
	orchestrator/node/rpm_test.sh
SHARED_SHELL += orchestrator/node/config_look.sh orchestrator/node/test_begin.sh
