/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: stops it after exec and before main(), so that its pool can be set before it works. */
#include <signal.h>
#include <stdlib.h>

__attribute__((constructor)) static void hold(void)
{
	unsetenv("LD_PRELOAD");
	raise(SIGSTOP);
}
