# SPDX-License-Identifier: GPL-2.0-or-later
# Man pages: docs/man/NAME.SECTION.adoc becomes docs/man/NAME.SECTION in the build folder, all of
# them in one run (starting asciidoctor takes longer than a page). A new page needs no line here.
ADOC_PAGES = $(wildcard $(srcdir)/docs/man/*.adoc)
EXTRA_DIST += $(ADOC_PAGES) $(wildcard $(srcdir)/docs/*.md $(srcdir)/docs/decisions/*.md)

if MAN_PAGES
all-local: docs/man/.built

docs/man/.built: $(ADOC_PAGES) VERSION
	$(AM_V_GEN)$(MKDIR_P) docs/man && rm -f docs/man/*.[0-9] && \
	{ test -z '$(ADOC_PAGES)' || $(ASCIIDOCTOR) --backend manpage --failure-level WARN \
		--attribute manmanual='High availability' \
		--attribute mansource='haupgrade $(VERSION)' --destination-dir docs/man \
		$(ADOC_PAGES); } && touch $@

install-man-pages: docs/man/.built
	@set -e; for page in docs/man/*.[0-9]; do \
		test -e "$$page" || continue; \
		folder='$(DESTDIR)$(mandir)'/man$${page##*.}; \
		$(MKDIR_P) "$$folder"; $(INSTALL_DATA) "$$page" "$$folder"; \
	done
else
install-man-pages:
	@echo 'no man pages: configure found no asciidoctor'
endif

uninstall-man-pages:
	@for page in $(ADOC_PAGES); do \
		page=$${page##*/}; page=$${page%.adoc}; \
		rm -f '$(DESTDIR)$(mandir)'/man$${page##*.}/"$$page"; \
	done

clean-local:
	rm -f docs/man/.built docs/man/*.[0-9]
.PHONY: install-man-pages uninstall-man-pages
