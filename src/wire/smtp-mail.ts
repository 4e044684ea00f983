import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { MailEnd, MailStage, MailTransport, OutboundMail } from '../connectors/mail-transport.port.ts';

/** Each wait for the other side, ms: together less than a call may take. */
export interface SmtpWaits {
  readonly connectMs: number;
  readonly answerMs: number;
}

const WAITS: SmtpWaits = { connectMs: 5_000, answerMs: 10_000 };

interface Server {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly pass: string } | null;
}

const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * The operator's mail server, by `smtp://user:password@host:port` (which must offer TLS, unless it is this machine) or `smtps://`. Null: it is
 * no such address. Each mail has a connection of its own.
 */
export function openSmtpMail(smtpUrl: string, waits: SmtpWaits = WAITS): MailTransport | null {
  const server = serverIn(smtpUrl);
  if (server === null) return null;
  return {
    async send(mail) {
      const content = await contentOf(mail);
      return await withConnection(server, waits, (connection, end) => {
        let isOut = false;
        // Read once the server has asked for the content, and not before.
        const message = new Readable({
          read() {
            isOut = true;
            this.push(content);
            this.push(null);
          },
        });
        end.onLoss(() => (isOut ? { kind: 'unknown' } : UNREACHABLE));
        connection.send({ from: mail.from, to: [mail.to] }, message, (error) => {
          if (error === null) end.as({ kind: 'taken' });
          else end.as(refusalIn(error) ?? (isOut ? { kind: 'unknown' } : UNREACHABLE));
        });
      });
    },
    verify: () => withConnection(server, waits, (_connection, end) => end.as({ kind: 'taken' })),
  };
}

const UNREACHABLE: MailEnd = { kind: 'unsent', code: 'MAIL_SERVER_UNREACHABLE' };

function serverIn(smtpUrl: string): Server | null {
  if (!URL.canParse(smtpUrl)) return null;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(smtpUrl);
  const usual = PORTS[protocol];
  if (usual === undefined || hostname === '' || !/^\/?$/.test(pathname) || search !== '') return null;
  const login =
    username === '' ? null : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? usual : Number(port),
    secure: protocol === 'smtps:',
    login,
  };
}

/** As it goes on the wire: what a text may hold is encoded there, so that it can't end a header. */
async function contentOf({ to, from, subject, text, html, messageId }: OutboundMail): Promise<Buffer> {
  const composer = new MailComposer({
    to: { name: '', address: oneLine(to) },
    from: { name: '', address: oneLine(from) },
    subject: oneLine(subject),
    text,
    html,
    messageId: `<${oneLine(messageId)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

interface End {
  /** The first that is said counts. */
  as(end: MailEnd): void;
  /** What a lost connection means from now on. */
  onLoss(what: () => MailEnd): void;
}

async function withConnection(
  server: Server,
  { connectMs, answerMs }: SmtpWaits,
  act: (connection: SMTPConnection, end: End) => void,
): Promise<MailEnd> {
  const { host, port, secure, login } = server;
  const connection = new SMTPConnection({
    host,
    port,
    secure,
    requireTLS: !secure && !LOOPBACK.test(host),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: answerMs,
  });
  const ended = await new Promise<MailEnd>((resolve) => {
    let lost = (): MailEnd => UNREACHABLE;
    const end: End = {
      as: resolve,
      onLoss(what) {
        lost = what;
      },
    };
    connection.on('error', (error) => end.as(refusalIn(error) ?? encryptionIn(error) ?? lost()));
    connection.on('end', () => end.as(lost()));
    connection.connect((error) => {
      if (error != null) return end.as(refusalIn(error) ?? encryptionIn(error) ?? UNREACHABLE);
      if (login === null) return act(connection, end);
      connection.login({ credentials: login }, (refused) => {
        if (refused === null) act(connection, end);
        else end.as(refusalIn(refused) ?? UNREACHABLE);
      });
    });
  });
  connection.close();
  return ended;
}

const STAGES: readonly (readonly [command: RegExp, stage: MailStage])[] = [
  [/^AUTH/, 'login'],
  [/^MAIL FROM/, 'sender'],
  [/^RCPT TO/, 'recipient'],
  [/^DATA/, 'message'],
];

/** What the server itself said no to; null: it said nothing of that. */
function refusalIn({ command = '', responseCode, code }: SMTPConnection.SMTPError): MailEnd | null {
  const stage = STAGES.find(([named]) => named.test(command))?.[1];
  if (stage === undefined) return null;
  if (responseCode === undefined)
    return code === 'EAUTH' ? { kind: 'refused', at: 'login', status: 535 } : null;
  return responseCode >= 400 ? { kind: 'refused', at: stage, status: responseCode } : null;
}

function encryptionIn({ code, command = '' }: SMTPConnection.SMTPError): MailEnd | null {
  return code === 'ETLS' || command === 'STARTTLS' ? { kind: 'unsent', code: 'MAIL_NOT_ENCRYPTED' } : null;
}
