/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd: all of it is in the library, so that tests link the very code. */
#include "daemons/heartbeat/startup.h"

int main(int argc, char **argv)
{
	return startup_main(argc, argv);
}
