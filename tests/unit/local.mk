# SPDX-License-Identifier: GPL-2.0-or-later
# cmocka unit tests: one program per module, a fragment per area.
if UNIT_TESTS
include tests/unit/base.mk
include tests/unit/heartbeat.mk
include tests/unit/network.mk
include tests/unit/profile.mk
include tests/unit/bundle.mk
include tests/unit/remote.mk
include tests/unit/engine.mk
include tests/unit/files.mk
include tests/unit/keep.mk
include tests/unit/gate.mk
include tests/unit/lease.mk
include tests/unit/check.mk
include tests/unit/report.mk
endif
