/** A change event of a contact as `POST /api/changes` takes it. */
export function incomingChange(entityId: string, over: object = {}) {
  return {
    entity: 'contact',
    eventId: `e-${entityId}`,
    occurredAt: '2026-01-01T00:00:00Z',
    userId: 'user-1',
    entityId,
    version: 1,
    operation: 'UPSERT',
    contact: { name: 'Ada', emails: [], phones: [], role: 'buyer', relationshipNotes: [] },
    ...over,
  };
}
