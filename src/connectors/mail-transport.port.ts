/**
 * Port: one e-mail, handed to the operator's mail server. The adapter owes: the server is the operator's alone, whoever sends; nothing of a
 * mail's texts ends a header or begins one; it tells apart what certainly didn't go out from what may have; it never throws for what the
 * other side or the network does.
 */
export interface MailTransport {
  send(mail: OutboundMail): Promise<MailEnd>;
  /** Whether the server is there and takes the operator's login; nothing is sent. */
  verify(): Promise<MailEnd>;
}

export interface OutboundMail {
  /** One address, and no more than that. */
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without its angle brackets; the same for the same mail. */
  readonly messageId: string;
}

export type MailEnd =
  | { readonly kind: 'taken' }
  /** The server said no: to whom, to what, and by which status (450, 550 …). Nothing was taken. */
  | { readonly kind: 'refused'; readonly at: MailStage; readonly status: number }
  /** Nothing of the mail went out. */
  | { readonly kind: 'unsent'; readonly code: 'MAIL_SERVER_UNREACHABLE' | 'MAIL_NOT_ENCRYPTED' }
  /** It went out, and nobody said what became of it. */
  | { readonly kind: 'unknown' };

export type MailStage = 'login' | 'sender' | 'recipient' | 'message';

/** Opens the way to a mail server that the operator named. */
export type OpenMail = (smtpUrl: string) => MailTransport | null;
