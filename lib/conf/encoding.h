/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What editors of other systems leave in a file that nobody sees: told alike by both readers. */
#ifndef LIB_CONF_ENCODING_H
#define LIB_CONF_ENCODING_H

/* Some editors put it in front of UTF-8. */
#define TEXT_MARK "\xef\xbb\xbf"
#define TEXT_HAS_MARK \
	"the file begins with a byte order mark, which no editor shows; save it as plain UTF-8, without"
#define TEXT_LONE_RETURN \
	"a carriage return that no new line follows: what seems to be a line of its own is none; save the file with line ends LF or CRLF"

#endif
