/**
 * What a program of ours that a test starts has of this process's settings: none but where its helpers are found, and where Node keeps what
 * it compiled, without which half of a start is reading the same sources again.
 */
export function childEnvironment(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE: compiled } = process.env;
  return compiled === undefined ? { PATH } : { PATH, NODE_COMPILE_CACHE: compiled };
}
