/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the pass over the open files does with a TCP socket that a pool's process holds, and with one that listens. */
#ifndef POOLDRIFT_LOOK_H
#define POOLDRIFT_LOOK_H

/* A socket that another pool's process holds too remains that pool's, until it has not been seen there for two looks. */
static __always_inline bool is_held(struct sock *sk, struct socket_ctx *own, u32 pool)
{
	return is_followed(sk, own) && totals_of(own) && (own->pool == pool || tcp_control.look - own->look < 2);
}

/* Brings what is known of a pool's socket up to date. */
static __always_inline void follow(struct sock *sk, u32 pool, u32 state)
{
	struct port_key key = { .pool = pool, .port = sk->__sk_common.skc_num };
	struct port_plan *plan = bpf_map_lookup_elem(&ports, &key);
	struct tcp_totals *totals = totals_at(pool);
	struct socket_ctx *own = socket_of(sk);
	bool held = own && is_held(sk, own, pool);
	if (!totals || (held && own->pool != pool))
		return;
	if (!held)
		own = enroll(sk, own, pool);
	if (!own)
		return;
	own->look = tcp_control.look;
	own->serves = plan && plan->requests;
	if (state != TCP_LISTEN) {
		look_at_connection(sk, own, totals);
		return;
	}
	own->cell = plan ? plan->cell : NO_CELL;
	struct accept_cell *cell = cell_of(sk, own);
	if (cell)
		cell->limit = sk->sk_max_ack_backlog + 1;
	note_backlog(sk, own);
}

/* A socket whose processes have left its pool, for no other, is not seen there either. */
static __always_inline void forget(struct sock *sk)
{
	struct socket_ctx *own = socket_of(sk);
	if (!own || tcp_control.look - own->look < 2)
		return;
	if (is_followed(sk, own))
		disown(own);
	bpf_sk_storage_delete(&sockets, sk);
}

/* Of a listener; that of MPTCP has one of TCP inside, to which no pointer leads that the verifier trusts. */
struct queue {
	u32 waiting;
	u32 limit;
	u32 drops;
};

static __always_inline void read_queue(struct sock *sk, struct queue *queue)
{
	if (sk->sk_protocol == IPPROTO_MPTCP)
		sk = inside_mptcp(sk);
	bpf_core_read(&queue->waiting, sizeof(u32), &sk->sk_ack_backlog);
	bpf_core_read(&queue->limit, sizeof(u32), &sk->sk_max_ack_backlog);
	bpf_core_read(&queue->drops, sizeof(u32), &sk->sk_drops.counter);
}

/* Go listens with MPTCP since 1.24. No file leads to the connections of such a listener before they are accepted, nor to
 * the TCP inside it, and those with clients that speak TCP only are like all others. So the look leaves word of its
 * port. */
static __always_inline void leave_word(struct sock *sk, struct queue *queue, u32 pool)
{
	struct mptcp_port at = { .netns = sk->__sk_common.skc_net.net->ns.inum, .port = sk->__sk_common.skc_num };
	struct mptcp_pool value = { .pool = pool, .look = tcp_control.look };
	struct port_key key = { .pool = pool, .port = at.port };
	struct port_plan *plan = bpf_map_lookup_elem(&ports, &key);
	struct tcp_totals *totals = totals_at(pool);
	if (!totals)
		return;
	value.generation = totals->generation;
	bpf_map_update_elem(&mptcp_ports, &at, &value, BPF_ANY);
	tcp_control.mptcp = 1;
	u32 index = plan ? plan->cell : NO_CELL;
	struct accept_cell *cell = bpf_map_lookup_elem(&accept_cells, &index);
	if (!cell)
		return;
	cell->limit = queue->limit + 1;
	raise_most(cell, queue->waiting);
}


static __always_inline void report(struct bpf_iter__task_file *ctx, struct sock *sk, struct queue *queue)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket_ctx *own = socket_of(sk);
	if (!task || !file)
		return;
	bool counts = own && is_followed(sk, own) && totals_of(own), full = queue->waiting > queue->limit;
	struct listener found = {
		.tgid = task->tgid,
		.port = sk->__sk_common.skc_num,
		.family = sk->__sk_common.skc_family,
		.netns = sk->__sk_common.skc_net.net->ns.inum,
		.pool = counts ? own->pool + 1 : sk->sk_protocol == IPPROTO_MPTCP ? pool_of(task) : 0,
		.drops = queue->drops,
		.full = full || (counts && own->full),
		.inode = file->f_inode->i_ino,
	};
	bpf_seq_write(ctx->meta->seq, &found, sizeof(found));
	if (counts)
		own->full = full;
}

#endif
