# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/gate/notification.c orchestrator/gate/notification.h \
	orchestrator/gate/expected_duration.c orchestrator/gate/expected_duration.h \
	orchestrator/gate/gate.c orchestrator/gate/gate.h \
	orchestrator/gate/held_words.c orchestrator/gate/held_words.h \
	orchestrator/gate/hook.c orchestrator/gate/hook.h \
	orchestrator/gate/mail.c orchestrator/gate/mail.h \
	orchestrator/gate/pause.c orchestrator/gate/pause.h \
	orchestrator/gate/webhook.c orchestrator/gate/webhook.h
