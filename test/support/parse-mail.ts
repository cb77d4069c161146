import { createRequire } from 'node:module';

/** A mail as a mail program sees it. */
export interface ParsedMail {
  headerLines: { key: string; line: string }[];
  subject?: string;
  to?: { value: { name: string; address?: string }[] };
  text?: string;
  html?: string | false;
}

interface Mailparser {
  simpleParser(raw: string): Promise<ParsedMail>;
}

/** Reads a mail with the parser of the inbox, MailDev. */
export function parseMail(raw: string): Promise<ParsedMail> {
  const maildev = createRequire(import.meta.resolve('maildev'));
  return (maildev('mailparser') as Mailparser).simpleParser(raw);
}
