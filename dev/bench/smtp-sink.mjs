// A mail server that takes every mail and keeps none: what it costs is what a client costs it. Says where it listens;
// then, for each line on its standard input, how many mails it has taken, when the first and the last of them came
// since the line before (milliseconds), and the most that came within any 60 seconds.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** @type {number[]} */
let times = [];
const END = Buffer.from('\r\n.\r\n');

const server = createServer((socket) => {
  let isData = false;
  let rest = Buffer.alloc(0);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.write('220 sink ESMTP\r\n');
  socket.on('data', (part) => {
    rest = rest.length > 0 ? Buffer.concat([rest, part]) : part;
    for (;;) {
      const at = rest.indexOf(isData ? END : '\n');
      if (at < 0) return;
      const line = isData ? '.' : rest.toString('latin1', 0, at).trim().toUpperCase();
      rest = rest.subarray(at + (isData ? END.length : 1));
      if (isData) times.push(Date.now());
      isData = !isData && line === 'DATA';
      if (isData) socket.write('354 go on\r\n');
      else if (line === 'QUIT') socket.end('221 bye\r\n');
      else socket.write(line.startsWith('EHLO') ? '250-sink\r\n250 8BITMIME\r\n' : '250 ok\r\n');
    }
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`smtp://127.0.0.1:${address?.port}`);
});

createInterface({ input: process.stdin }).on('line', () => {
  const first = times[0] ?? 0;
  console.log(
    JSON.stringify({ mails: times.length, first, last: times.at(-1) ?? 0, most: mostInAMinute() }),
  );
  times = [];
});

function mostInAMinute() {
  let most = 0;
  let first = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) >= 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
