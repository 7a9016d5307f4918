/* SPDX-License-Identifier: Apache-2.0 */
/* company spin: wants the CPU all the time. company tick: wakes up every millisecond. */
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc == 2 && !strcmp(argv[1], "spin"))
		for (volatile long turns = 0;; turns++)
			;
	if (argc == 2 && !strcmp(argv[1], "tick"))
		for (;;)
			usleep(1000);
	return 2;
}
