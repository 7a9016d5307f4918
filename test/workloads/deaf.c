// SPDX-License-Identifier: Apache-2.0
/* deaf PORT BACKLOG: listens and accepts nothing, until a line on stdin: then all that has come, answered by how many. */
#include <poll.h>
#include "http.h"

int main(int argc, char **argv)
{
	char line[64];

	if (argc < 3)
		return 2;
	many_files();
	int listener = listen_on(atoi(argv[1]), atoi(argv[2]));
	struct pollfd in = { .fd = listener, .events = POLLIN };
	enlist();
	announce(1);
	while (read(0, line, sizeof(line)) > 0) {
		int accepted = 0;
		for (; poll(&in, 1, 0) > 0; accepted++)
			accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		printf("%d\n", accepted);
		fflush(stdout);
	}
	return 0;
}
