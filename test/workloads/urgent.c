// SPDX-License-Identifier: Apache-2.0
/* urgent PORT COUNT: asks a server on 127.0.0.1 so often for an answer, by a byte of urgent data and 64 others, one
 * after the other. Says "ready" when it is through. */
#include "http.h"

int main(int argc, char **argv)
{
	struct sockaddr_storage address;
	char message[64] = "urgent", in[256];

	if (argc < 3)
		return 2;
	socklen_t size = address_of("127.0.0.1", atoi(argv[1]), &address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&address, size))
		die("connect");
	no_delay(fd);
	for (int i = 0; i < atoi(argv[2]); i++) {
		if (send(fd, "!", 1, MSG_OOB) != 1 || send(fd, message, sizeof(message), 0) != sizeof(message))
			die("send");
		if (recv(fd, in, sizeof(in), 0) <= 0)
			die("recv");
	}
	return serve(0);
}
