/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The datagrams of sd_notify(3), without its library: the protocol is one send. */
#include "lib/program/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/base/cleanup.h"

bool notify_send(const char *format, ...)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	CLEANUP(cleanup_close) int descriptor = -1;
	va_list arguments;
	char text[1024];
	size_t length;
	int size;

	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
		return true;
	length = strlen(path);
	memcpy(address.sun_path, path, length);
	/* '@' stands for the zero byte of the abstract name space. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	va_start(arguments, format);
	size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(text))
		return true;
	descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return descriptor >= 0 &&
	       sendto(descriptor, text, (size_t)size, MSG_NOSIGNAL, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) >= 0;
}
