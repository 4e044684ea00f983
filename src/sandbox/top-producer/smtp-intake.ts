import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A mail that was handed in. */
export interface TakenMail {
  readonly from: string;
  readonly to: string;
  readonly source: string;
}

export interface SmtpIntake {
  readonly port: number;
  close(): Promise<void>;
}

const MOST_BYTES = 1_024 * 1_024;
const END_OF_CONTENT = '\r\n.\r\n';

/** Takes mails in on a port of its own, from whoever comes: just as much of SMTP as that needs, in clear. */
export function openSmtpIntake(host: string, onMail: (mail: TakenMail) => void): Promise<SmtpIntake> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, onMail);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => closed());
          }),
      });
    });
  });
}

function converse(socket: Socket, onMail: (mail: TakenMail) => void): void {
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  let heard = '';
  let from = '';
  let to: string[] = [];
  let isContent = false;
  const begin = (): void => {
    from = '';
    to = [];
  };

  /** False: the content has not come to its end. */
  function takeContent(): boolean {
    const whole = `\r\n${heard}`;
    const end = whole.indexOf(END_OF_CONTENT);
    if (end === -1) return false;
    const source = whole.slice(2, end + 2).replace(/^\.\./gm, '.');
    heard = whole.slice(end + END_OF_CONTENT.length);
    isContent = false;
    onMail({ from, to: to.join(', '), source });
    begin();
    say('250 taken');
    return true;
  }

  function obey(line: string): void {
    const [verb = ''] = line.toUpperCase().split(/[ :]/);
    const [, address = ''] = /<([^>]*)>/.exec(line) ?? [];
    if (verb === 'EHLO' || verb === 'HELO') say('250 top-producer.sandbox');
    else if (verb === 'MAIL') {
      begin();
      from = address;
      say('250 ok');
    } else if (verb === 'RCPT') {
      to.push(address);
      say('250 ok');
    } else if (verb === 'DATA') {
      isContent = to.length > 0;
      say(isContent ? '354 go on' : '503 nobody to send it to');
    } else if (verb === 'RSET' || verb === 'NOOP') {
      if (verb === 'RSET') begin();
      say('250 ok');
    } else if (verb === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('502 not known here');
  }

  say('220 Top Producer sandbox, lead intake');
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('utf8');
    if (heard.length > MOST_BYTES) return void socket.destroy();
    for (;;) {
      if (isContent) {
        if (!takeContent()) return;
        continue;
      }
      const end = heard.indexOf('\r\n');
      if (end === -1) return;
      const line = heard.slice(0, end);
      heard = heard.slice(end + 2);
      obey(line);
    }
  });
}
