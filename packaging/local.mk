# SPDX-License-Identifier: GPL-2.0-or-later
# What goes with the programs onto a machine: unit, user, folders, first configuration.
systemdsystemunit_DATA = packaging/heartbeatd.service
profilesdir = $(pkgdatadir)/profiles
dist_profiles_DATA = $(wildcard $(srcdir)/profiles/*.conf)
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d

PACKAGING_FILES = \
	packaging/etc/authkeys packaging/etc/groups.conf packaging/etc/ha.cf \
	packaging/hacluster.logrotate packaging/hacluster.sysusers packaging/hacluster.tmpfiles
EXTRA_DIST += $(PACKAGING_FILES) packaging/heartbeatd.service.in \
	packaging/packages.debian packaging/packages.fedora packaging/packages.suse \
	packaging/prepare specs/hacluster.spec \
	debian/changelog debian/control debian/copyright debian/rules debian/source/format \
	debian/hacluster-common.install debian/hacluster-common.postinst \
	debian/hacluster-common.postrm debian/hacluster-heartbeat.install \
	debian/hacluster-heartbeat.postinst debian/hacluster-heartbeat.prerm \
	debian/haupgrade.docs debian/haupgrade.install
CLEANFILES += packaging/heartbeatd.service

packaging/heartbeatd.service: packaging/heartbeatd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging && sed -e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@localstatedir[@]|$(localstatedir)|g' \
		$(srcdir)/packaging/heartbeatd.service.in > $@.new && mv $@.new $@

# The program ./check is not in EXTRA_DIST: make would take its name for the target and run all unit
# tests before it packs. rpmbuild cannot read a file of the tarball before it unpacks it.
dist-hook:
	cp $(srcdir)/check $(distdir)/check
	cd $(distdir)/tests/lab && rm -rf .deps .dirstamp ./*.o ask reach
	sed -i 's|global release_version [0-9.]*|global release_version $(VERSION)|' \
		$(distdir)/specs/hacluster.spec

# A configuration that is there already is the administrator's: it is never overwritten.
# The owners of the folders are the packages' business (or that of systemd-tmpfiles): here there
# may be no such user.
install-data-local: install-man-pages
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)' \
		'$(DESTDIR)$(profilesdir)' '$(DESTDIR)$(sysconfdir)/ha.d' '$(DESTDIR)$(sysconfdir)/logrotate.d' \
		'$(DESTDIR)$(sysconfdir)/haupgrade/clusters' \
		'$(DESTDIR)$(sysconfdir)/haupgrade/profiles' \
		'$(DESTDIR)$(localstatedir)/lib/hacluster' \
		'$(DESTDIR)$(localstatedir)/log/hacluster' \
		'$(DESTDIR)$(localstatedir)/lib/haupgrade'
	$(INSTALL_DATA) $(srcdir)/packaging/hacluster.sysusers \
		'$(DESTDIR)$(sysusersdir)/hacluster.conf'
	$(INSTALL_DATA) $(srcdir)/packaging/hacluster.tmpfiles \
		'$(DESTDIR)$(tmpfilesdir)/hacluster.conf'
	@set -e; install_once() { test -e "$$3" || $(INSTALL) -m "$$1" "$$2" "$$3"; }; \
	install_once 0644 $(srcdir)/packaging/hacluster.logrotate \
		'$(DESTDIR)$(sysconfdir)/logrotate.d/hacluster'; \
	for file in ha.cf groups.conf; do \
		install_once 0644 $(srcdir)/packaging/etc/$$file \
			"$(DESTDIR)$(sysconfdir)/ha.d/$$file"; \
	done; \
	install_once 0600 $(srcdir)/packaging/etc/authkeys '$(DESTDIR)$(sysconfdir)/ha.d/authkeys'

# Configuration, state and logs stay.
uninstall-local: uninstall-man-pages
	rm -f '$(DESTDIR)$(sysusersdir)/hacluster.conf' '$(DESTDIR)$(tmpfilesdir)/hacluster.conf'
