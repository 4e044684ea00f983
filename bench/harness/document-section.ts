/** Where a bench's section stands in a document that people write. */
const begin = (name: string): string => `<!-- Written by the bench ${name}: npm run bench -- --write -->`;
const end = (name: string): string => `<!-- End of the bench ${name} -->`;

/**
 * The document with this as the bench's section, and all else as it was.
 *
 * @throws where the document has no place for it
 */
export function withSection(document: string, name: string, section: string): string {
  const [from, to] = [document.indexOf(begin(name)), document.indexOf(end(name))];
  if (from < 0 || to < from) throw new Error(`the document has no place for the bench ${name}`);
  return `${document.slice(0, from)}${begin(name)}\n\n${section}\n${document.slice(to)}`;
}
