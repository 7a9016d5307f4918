// SPDX-License-Identifier: Apache-2.0
/* trace OBJECT OUT: attaches OBJECT, prints "ready", writes every record to OUT until stdin closes, then prints
 * {"records":N,"lost":N}; lost counts full-ring drops and recursion misses. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static FILE *out;
static unsigned long long records;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int save(void *context, void *data, size_t size)
{
	(void)context;
	if (fwrite(data, size, 1, out) != 1)
		die("write");
	records++;
	return 0;
}

static unsigned long long dropped(struct bpf_object *object)
{
	unsigned long long lost = 0;
	int zero = 0;

	if (bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, ".bss"), &zero, &lost))
		die(".bss");
	struct bpf_program *program;
	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = {};
		unsigned int size = sizeof(info);
		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			die("program info");
		lost += info.recursion_misses;
	}
	return lost;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	out = fopen(argv[2], "w");
	struct bpf_object *object = bpf_object__open(argv[1]);
	if (!out || !object || bpf_object__load(object))
		die("load");
	struct ring_buffer *ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "events"), save, NULL, NULL);
	struct bpf_link *links[16];
	int count = 0;
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
		if (!(links[count++] = bpf_program__attach(program)))
			die(bpf_program__name(program));
	printf("ready\n");
	fflush(stdout);
	struct pollfd in = { .fd = 0, .events = POLLIN };
	while (poll(&in, 1, 100) == 0)
		ring_buffer__consume(ring);
	while (count > 0)
		bpf_link__destroy(links[--count]);
	ring_buffer__consume(ring);
	if (fclose(out))
		die("close");
	printf("{\"records\":%llu,\"lost\":%llu}\n", records, dropped(object));
	return 0;
}
