/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of a request to a daemon on the same machine, which both ends must agree on. */
#ifndef LIB_WIRE_CONTROL_H
#define LIB_WIRE_CONTROL_H

/*
 * Requests and replies of lib/ipc, each one JSON object without a terminating zero. Request
 * {"version":1,"command":NAME,...}, reply {"version":1,"ok":true,...} or
 * {"version":1,"ok":false,"error":TEXT}. Members that are not known are ignored.
 */
#define CONTROL_VERSION 1
#define CONTROL_NAME "heartbeatd"
#define CONTROL_REQUEST_MAX 4096

#endif
