/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded writing of bytes for the network: what does not fit is not written, `failed` says so. */
#ifndef LIB_WIRE_WRITER_H
#define LIB_WIRE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Plain data; borrows the buffer. Once failed, it stays failed and length stays as it was. */
struct writer {
	uint8_t *bytes;
	size_t size;
	size_t length;
	bool failed;
};

struct writer writer_start(void *buffer, size_t size);
/* Big-endian numbers. */
void writer_u8(struct writer *writer, uint8_t number);
void writer_u16(struct writer *writer, uint16_t number);
void writer_u32(struct writer *writer, uint32_t number);
void writer_u64(struct writer *writer, uint64_t number);
void writer_bytes(struct writer *writer, const void *bytes, size_t length);
/* The words without their terminating zero. */
void writer_text(struct writer *writer, const char *words);

#endif
