/** A field's value as a CRM holds it, for people: lists with commas, a dash for what is empty. */
export function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueWords).join('; ') || '—';
  if (typeof value === 'string') return isTime(value) ? value.slice(0, 10) : value || '—';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && value !== null) {
    const parts = Object.values(value).filter((part) => part !== null && part !== '');
    return parts.map(valueWords).join(', ') || '—';
  }
  return '—';
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text);
}
