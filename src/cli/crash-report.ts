/**
 * What is said of an error that nobody foresaw, in one line of JSON: its name, its code and where it came from. Its message is
 * left out, and so is everything else that hangs on it: they may hold a secret, or a person's data.
 */
export function crashReport(error: unknown): string {
  const {
    name,
    code,
    message = '',
    stack = '',
  } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  // The message stands before the places, and may look like one itself.
  const places = stack.slice(stack.indexOf(message) + message.length).split('\n');
  const at = places.filter((line) => FRAME.test(line));
  const report = {
    level: 'error',
    time: new Date().toISOString(),
    event: 'process.crashed',
    errorName: WORD.test(name ?? '') ? name : typeof error,
    ...(WORD.test(String(code ?? '')) && { errorCode: String(code) }),
    errorStack: at
      .slice(0, MOST_FRAMES)
      .map((line) => line.trim())
      .join('\n'),
  };
  return `${JSON.stringify(report)}\n`;
}

const MOST_FRAMES = 20;
/** A name or a code as programs give them; anything else is data. */
const WORD = /^[A-Z][\w.]{0,60}$/i;
/** A place in a file; a message can have lines of its own that look like anything. */
const FRAME = /^ {4}at (?:[\w$.<>[\] ]{1,120} \()?(?:async )?(?:file:\/\/|node:)[^\s()?#]{1,300}:\d+:\d+\)?$/;
