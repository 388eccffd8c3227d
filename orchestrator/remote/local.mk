# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/remote/agent.c orchestrator/remote/agent.h \
	orchestrator/remote/channel.c orchestrator/remote/channel.h \
	orchestrator/remote/connect.c orchestrator/remote/connect.h \
	orchestrator/remote/credentials.c orchestrator/remote/credentials.h \
	orchestrator/remote/dial.c orchestrator/remote/dial.h \
	orchestrator/remote/hostkey.c orchestrator/remote/hostkey.h \
	orchestrator/remote/libssh_words.c orchestrator/remote/libssh_words.h \
	orchestrator/remote/login.c orchestrator/remote/login.h \
	orchestrator/remote/quote.c orchestrator/remote/quote.h \
	orchestrator/remote/route.c orchestrator/remote/route.h \
	orchestrator/remote/secret.c orchestrator/remote/secret.h \
	orchestrator/remote/session.c orchestrator/remote/session.h \
	orchestrator/remote/ssh_config.c orchestrator/remote/ssh_config.h \
	orchestrator/remote/ssh_config_answer.c orchestrator/remote/ssh_config_answer.h \
	orchestrator/remote/ssh_config_query.c orchestrator/remote/ssh_config_query.h \
	orchestrator/remote/sudo.c orchestrator/remote/sudo.h \
	orchestrator/remote/tunnel.c orchestrator/remote/tunnel.h \
	orchestrator/remote/wait.c orchestrator/remote/wait.h \
	orchestrator/remote/hop.h \
	orchestrator/remote/script.h
EMBEDDED_SHELL += \
	orchestrator/remote/sudo_ready.sh \
	orchestrator/remote/upload.sh
