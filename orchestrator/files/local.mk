# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/files/propagate_node.c orchestrator/files/propagate_node.h \
	orchestrator/files/diff.c orchestrator/files/diff.h \
	orchestrator/files/new_authkeys.c orchestrator/files/new_authkeys.h \
	orchestrator/files/mask.c orchestrator/files/mask.h \
	orchestrator/files/node_lines.c orchestrator/files/node_lines.h \
	orchestrator/files/propagate.c orchestrator/files/propagate.h \
	orchestrator/files/recovery.c orchestrator/files/recovery.h \
	orchestrator/files/script.h \
	orchestrator/files/wanted_files.c orchestrator/files/wanted_files.h \
	orchestrator/files/survey.c orchestrator/files/survey.h \
	orchestrator/files/template.c orchestrator/files/template.h
EMBEDDED_SHELL += \
	orchestrator/files/begin.sh \
	orchestrator/files/check.sh \
	orchestrator/files/commit.sh \
	orchestrator/files/enable.sh \
	orchestrator/files/end.sh \
	orchestrator/files/look.sh \
	orchestrator/files/prepare.sh \
	orchestrator/files/read.sh \
	orchestrator/files/revert.sh \
	orchestrator/files/settle.sh \
	orchestrator/files/stage.sh
SHARED_SHELL += orchestrator/files/transaction.sh orchestrator/files/compare.sh orchestrator/files/replace.sh orchestrator/files/restore.sh
