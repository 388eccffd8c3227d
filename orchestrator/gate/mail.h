/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a mail as sendmail(8) -t wants it. Pure. */
#ifndef ORCHESTRATOR_GATE_MAIL_H
#define ORCHESTRATOR_GATE_MAIL_H

#include "orchestrator/cluster/word_list.h"

/*
 * Headers and body, owned. to: addresses as the cluster file allows them. Whatever stands in
 * subject cannot become another header: control characters and bytes that are no UTF-8 are shown,
 * and what is not ASCII is encoded (RFC 2047). Lines of the body are wrapped at 900 bytes (RFC 5322
 * allows 998).
 */
char *mail_text(const struct word_list *to, const char *subject, const char *body);

#endif
