# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/bundle/bundle.c orchestrator/bundle/bundle.h \
	orchestrator/bundle/content.c orchestrator/bundle/content.h \
	orchestrator/bundle/verify.c orchestrator/bundle/manifest_verdict.c \
	orchestrator/bundle/gather.c orchestrator/bundle/gather.h \
	orchestrator/bundle/gather_archive.c \
	orchestrator/bundle/folder.c orchestrator/bundle/folder.h \
	orchestrator/bundle/container.c orchestrator/bundle/container.h \
	orchestrator/bundle/spool.c orchestrator/bundle/spool.h \
	orchestrator/bundle/pool.c orchestrator/bundle/pool.h \
	orchestrator/bundle/worker.c orchestrator/bundle/worker.h \
	orchestrator/bundle/sandbox.c orchestrator/bundle/sandbox.h \
	orchestrator/bundle/reading.c orchestrator/bundle/reading.h \
	orchestrator/bundle/reading_pack.c \
	orchestrator/bundle/digest.c orchestrator/bundle/digest.h \
	orchestrator/bundle/manifest.c orchestrator/bundle/manifest.h \
	orchestrator/bundle/package.c orchestrator/bundle/package.h \
	orchestrator/bundle/package_pack.c \
	orchestrator/bundle/rpm.c orchestrator/bundle/rpm.h \
	orchestrator/bundle/librpm.c orchestrator/bundle/librpm.h \
	orchestrator/bundle/librpm_words.c orchestrator/bundle/librpm_words.h \
	orchestrator/bundle/deb.c orchestrator/bundle/deb.h \
	orchestrator/bundle/deb_data.c orchestrator/bundle/deb_data.h \
	orchestrator/bundle/ar.c orchestrator/bundle/ar.h \
	orchestrator/bundle/tarball.c orchestrator/bundle/tarball.h \
	orchestrator/bundle/deb_control.c orchestrator/bundle/deb_control.h \
	orchestrator/bundle/md5sums.c orchestrator/bundle/md5sums.h \
	orchestrator/bundle/deb_version.c orchestrator/bundle/deb_version.h \
	orchestrator/bundle/stream.c orchestrator/bundle/stream.h \
	orchestrator/bundle/completeness.c orchestrator/bundle/completeness.h \
	orchestrator/bundle/relations.c orchestrator/bundle/relations.h \
	orchestrator/bundle/authenticity.c orchestrator/bundle/authenticity.h \
	orchestrator/bundle/manifest_signature.c orchestrator/bundle/manifest_signature.h \
	orchestrator/bundle/package_signature.c orchestrator/bundle/package_signature.h \
	orchestrator/bundle/clearsigned.c \
	orchestrator/bundle/armour.c orchestrator/bundle/armour.h \
	orchestrator/bundle/packet.c orchestrator/bundle/packet.h \
	orchestrator/bundle/keyring.c orchestrator/bundle/keyring.h \
	orchestrator/bundle/package_head.c orchestrator/bundle/package_head.h \
	orchestrator/bundle/identity.c orchestrator/bundle/identity.h
