// nodeserver PORT WORD...: an HTTP server; of the words of steps.h it knows cpu and sleep, also by a line on stdin:
// "steps WORD...", answered by "ok". While one request sleeps, others compute.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { answers, useSteps } from './nodesteps.ts';

const [port, ...words] = process.argv.slice(2);
useSteps(words);
const server = createServer(async (request, response) => {
  request.resume();
  await answers();
  response.end('ok\n');
});
server.keepAliveTimeout = 0;
server.listen({ port: Number(port), host: '::', backlog: 4096 }, () => console.log(`ready ${process.pid}`));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  useSteps(line.split(' ').slice(1));
  console.log('ok');
});
lines.on('close', () => process.exit(0));
