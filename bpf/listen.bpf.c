// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Which process holds which listening TCP socket, in every network namespace, in one pass over the open files. */
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "wire.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct listener *anchor_listener __attribute__((unused));

#define AF_INET 2
#define AF_INET6 10

SEC("iter/task_file")
int listeners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	if (!task || !file)
		return 0;
	struct socket *socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	struct sock *sk = socket->sk;
	if (!sk || sk->__sk_common.skc_state != TCP_LISTEN)
		return 0;
	u32 family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	struct listener found = {
		.tgid = task->tgid,
		.port = sk->__sk_common.skc_num,
		.family = family,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
		.backlog_max = sk->sk_max_ack_backlog,
		.backlog = sk->sk_ack_backlog,
		.inode = file->f_inode->i_ino,
	};
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	return 0;
}
