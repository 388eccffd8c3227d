/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd from its command line to its running loop. */
#ifndef DAEMONS_HEARTBEAT_STARTUP_H
#define DAEMONS_HEARTBEAT_STARTUP_H

/* The whole program; returns its exit status: 0 done, 1 no, 2 wrong usage or environment. */
int startup_main(int argc, char **argv);

#endif
