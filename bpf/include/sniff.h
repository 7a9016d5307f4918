/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* A look at the first bytes of some requests, as the program has just read them: is it one request at a time? */
#ifndef POOLDRIFT_SNIFF_H
#define POOLDRIFT_SNIFF_H

#include "pipelined.h"

#define HEAD_BYTES 24
/* A whole request is looked through so seldom, a pool and stripe: 1.5 us each. */
#define SNIFF_EVERY_NS 10000000
/* Of so many requests of one connection the first ones are looked at: TLS may begin after a word or two. */
#define SNIFF_OF 16
#define SNIFF_FIRST 4

#if defined(__TARGET_ARCH_x86)
#define SYSCALL_READ 0
#define SYSCALL_READV 19
#define SYSCALL_RECVFROM 45
#define SYSCALL_RECVMSG 47
#define SYSCALL_RECVMMSG 299
#else
#define SYSCALL_READ 63
#define SYSCALL_READV 65
#define SYSCALL_RECVFROM 207
#define SYSCALL_RECVMSG 212
#define SYSCALL_RECVMMSG 243
#endif

/* Where the program has had the bytes put; 0: not to be told. */
static __always_inline u64 read_buffer(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	u64 argument = syscall_second_argument(regs), buffer = 0;
	if (compat_syscall(task))
		return 0;
	switch (syscall_number(regs)) {
	case SYSCALL_READ:
	case SYSCALL_RECVFROM:
		return argument;
	case SYSCALL_RECVMSG: /* struct user_msghdr: msg_iov at 16; struct mmsghdr begins with one */
	case SYSCALL_RECVMMSG:
		if (bpf_probe_read_user(&argument, sizeof(argument), (void *)(argument + 16)))
			return 0;
	case SYSCALL_READV:
		bpf_probe_read_user(&buffer, sizeof(buffer), (void *)argument);
	}
	return buffer;
}

/* RFC 8446, 5.1: content types 20 to 23, then the legacy version 3.x. */
static __always_inline bool is_tls(const u8 *b)
{
	return b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4;
}

/* RFC 9113: the preface of 3.4, or of a connection that is older than the daemon a frame of 4.1: length (24), type,
 * flags, stream. */
static __always_inline bool is_http2(const u8 *b)
{
	if (b[0] == 'P' && b[1] == 'R' && b[2] == 'I' && b[3] == ' ' && b[4] == '*')
		return true;
	u32 length = b[0] << 16 | b[1] << 8 | b[2], type = b[3];
	u32 stream = b[5] << 24 | b[6] << 16 | b[7] << 8 | b[8];
	if (length > 0x4000 || b[5] & 0x80) /* more has to be asked for: 4.2 */
		return false;
	switch (type) {
	case 1: /* HEADERS */
		return stream & 1 && length && !(b[4] & ~0x2d);
	case 4: /* SETTINGS */
		return !stream && length % 6 == 0 && length <= 36 && b[4] <= 1 && (length || b[4]);
	case 6: /* PING */
		return !stream && length == 8 && b[4] <= 1;
	case 8: /* WINDOW_UPDATE */
		return length == 4 && !b[4];
	}
	return false;
}

/* The program has read `length` bytes of a request, its first ones; `whole`: look through them all. Returns enum
 * request_doubt + 1, or 0. */
static __always_inline u32 sniff_request(struct task_struct *task, u32 length, bool whole, u32 *protocol)
{
	u32 zero = 0, wanted = whole ? SNIFF_BYTES : HEAD_BYTES;
	struct sniff *sniff = bpf_map_lookup_elem(&sniffs, &zero);
	u64 buffer = read_buffer(task);
	if (!sniff || !buffer)
		return 0;
	if (length < wanted)
		wanted = length;
	asm volatile("" : "+r"(wanted)); /* or the verifier does not see its bound */
	if (wanted > SNIFF_BYTES || bpf_probe_read_user(sniff->bytes, wanted, (void *)buffer))
		return 0;
	if (length >= 3 && is_tls(sniff->bytes))
		return DOUBT_TLS + 1;
	if (length >= 9 && is_http2(sniff->bytes))
		return DOUBT_HTTP2 + 1;
	if (length >= sizeof(u64))
		*protocol = protocol_of(*(u64 *)sniff->bytes);
	return whole && is_pipelined(sniff, wanted, *protocol) ? DOUBT_PIPELINING + 1 : 0;
}

/* Whether what has been read begins a request, as far as these protocols tell. */
static __always_inline bool begins_request(struct task_struct *task, u32 length)
{
	u64 buffer = read_buffer(task), begin;
	return length >= sizeof(begin) && buffer && !bpf_probe_read_user(&begin, sizeof(begin), (void *)buffer) &&
	       protocol_of(begin) != PROTOCOL_OTHER;
}

#endif
