/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Is there a second request behind the first? HTTP/1 (RFC 9112) and Redis's RESP. */
#ifndef POOLDRIFT_PIPELINED_H
#define POOLDRIFT_PIPELINED_H

#define SNIFF_BYTES 512

enum protocol {
	PROTOCOL_OTHER = 0,
	PROTOCOL_RESP = 1,
	PROTOCOL_HTTP = 2,       /* without a body unless its head says so */
	PROTOCOL_HTTP_BODY = 3,  /* POST, PUT, PATCH */
};

/* Byte by byte. HTTP: `state` is how much of the field's name has matched. */
struct scan {
	u32 protocol;
	u32 length;
	u32 skip_to;     /* these bytes are a value's or a body's */
	u32 number;
	u32 state;
	u32 left;        /* RESP: arguments to come */
	u32 seen;        /* HTTP: the last four bytes */
	u32 body;        /* HTTP: body's length + 1, once told */
	u32 found;
};

/* The scan lies here too: on the stack, the verifier would follow each of its values. */
struct sniff {
	u8 bytes[SNIFF_BYTES + sizeof(u64)];
	struct scan scan;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct sniff);
} sniffs SEC(".maps");

#define WORD(a, b, c, d, e, f, g, h)                                                                                  \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 | (u64)(g) << 48 | \
	 (u64)(h) << 56)
#define FIRST(word, bytes) ((word) << (64 - 8 * (bytes)))

static __always_inline bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

/* Of the first eight bytes of a request, little endian. */
static __always_inline u32 protocol_of(u64 w)
{
	u64 five = FIRST(w, 5), six = FIRST(w, 6);
	if (five == FIRST(WORD('G', 'E', 'T', ' ', '/', 0, 0, 0), 5) || six == FIRST(WORD('H', 'E', 'A', 'D', ' ', '/', 0, 0), 6) ||
	    five == FIRST(WORD('G', 'E', 'T', ' ', 'h', 0, 0, 0), 5) || w == WORD('D', 'E', 'L', 'E', 'T', 'E', ' ', '/') ||
	    w == WORD('O', 'P', 'T', 'I', 'O', 'N', 'S', ' '))
		return PROTOCOL_HTTP;
	if (six == FIRST(WORD('P', 'O', 'S', 'T', ' ', '/', 0, 0), 6) || five == FIRST(WORD('P', 'U', 'T', ' ', '/', 0, 0, 0), 5) ||
	    FIRST(w, 7) == FIRST(WORD('P', 'A', 'T', 'C', 'H', ' ', '/', 0), 7))
		return PROTOCOL_HTTP_BODY;
	/* '*', the number of arguments, CR LF, '$' */
	u64 rest = is_digit(w >> 16) ? w >> 24 : w >> 16;
	if ((u8)w == '*' && is_digit(w >> 8) && (rest & 0xffffff) == ('\r' | '\n' << 8 | '$' << 16))
		return PROTOCOL_RESP;
	return PROTOCOL_OTHER;
}

enum resp_state { RESP_COMMAND, RESP_COUNT, RESP_ARGUMENT, RESP_LENGTH };

/* Commands are arrays: "*2\r\n$3\r\nGET\r\n$1\r\nx\r\n". True: done. */
static __always_inline bool scan_resp(struct scan *scan, u32 i, u8 c)
{
	if (scan->state == RESP_COMMAND || scan->state == RESP_ARGUMENT) {
		bool command = scan->state == RESP_COMMAND;
		scan->found = command && i && c == '*';
		if (scan->found || c != (command ? '*' : '$'))
			return true;
		scan->number = 0;
		scan->state++;
	} else if (is_digit(c)) {
		scan->number = scan->number * 10 + c - '0';
	} else if (c == '\n') {
		if (scan->state == RESP_COUNT)
			scan->left = scan->number;
		else {
			scan->left--;
			scan->skip_to = i + 1 + scan->number + 2;
		}
		scan->state = scan->left ? RESP_ARGUMENT : RESP_COMMAND;
	} else
		return c != '\r';
	return false;
}

static const u8 content_length[] = { 'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':' };
#define FIELD_BYTES sizeof(content_length)

/* The head's end, and with it where a next request would begin. True: done. */
static __always_inline bool scan_http(struct scan *scan, u32 i, u8 c)
{
	u32 state = scan->state;
	scan->seen = scan->seen << 8 | c;
	if (c == '\n') {
		if (state == FIELD_BYTES)
			scan->body = scan->number + 1;
		scan->number = scan->state = 0;
	} else if (state < FIELD_BYTES)
		scan->state = (c | 0x20) == content_length[state] ? state + 1 : FIELD_BYTES + 1;
	else if (state == FIELD_BYTES && is_digit(c))
		scan->number = scan->number * 10 + c - '0';
	if (scan->seen != 0x0d0a0d0a)
		return false;
	scan->skip_to = i + 1 + (scan->body ? scan->body - 1 : 0);
	return scan->protocol == PROTOCOL_HTTP_BODY && !scan->body; /* chunked: who knows */
}

static long scan_byte(u32 i, void *unused)
{
	u32 zero = 0;
	struct sniff *sniff = bpf_map_lookup_elem(&sniffs, &zero);
	if (!sniff || i >= SNIFF_BYTES)
		return 1;
	struct scan *scan = &sniff->scan;
	if (i < scan->skip_to)
		return 0;
	if (scan->protocol == PROTOCOL_RESP)
		return scan_resp(scan, i, sniff->bytes[i]);
	if (!scan->skip_to)
		return scan_http(scan, i, sniff->bytes[i]);
	scan->found = i + sizeof(u64) <= scan->length && protocol_of(*(u64 *)&sniff->bytes[i]) >= PROTOCOL_HTTP;
	return 1;
}

static __always_inline bool is_pipelined(struct sniff *sniff, u32 length, u32 protocol)
{
	sniff->scan = (struct scan){ .length = length, .protocol = protocol };
	if (protocol != PROTOCOL_OTHER && has_loop())
		bpf_loop(length < SNIFF_BYTES ? length : SNIFF_BYTES, scan_byte, NULL, 0);
	return sniff->scan.found;
}

#endif
