/** The encodings that there are; `x-` forms are the same. */
const ENCODINGS: ReadonlySet<string> = new Set([
  ...['gzip', 'compress', 'deflate', 'br', 'zstd', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'aes128gcm'],
  ...['bzip2', 'xz', 'lzma', 'lz4', 'snappy'],
]);
/** How what is compressed begins, in hex: gzip and compress, zlib, zstd, bzip2, xz. */
const COMPRESSED = /^(?:1f8b|1f9d|78(?:01|5e|9c|da)|28b52ffd|425a68|fd377a58)/;

/**
 * Whether an answer is encoded by its head, which none of ours asks for. Servers and proxies also write what is no encoding there
 * (`UTF-8`, `none`, `identity`, nothing): such an answer is read as it is, where it is not compressed all the same.
 */
export function isEncoded(header: string | undefined): boolean {
  return (header ?? '')
    .split(',')
    .some((token) => ENCODINGS.has(token.trim().toLowerCase().replace(/^x-/, '')));
}

/** Whether the body under an encoding that nobody knows is one that only such an encoding explains. */
export function looksEncoded(header: string | undefined, body: Uint8Array): boolean {
  const start = Buffer.from(body.subarray(0, 4)).toString('hex');
  return (header ?? '') !== '' && COMPRESSED.test(start);
}
