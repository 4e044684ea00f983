/** Stands where something is about to appear. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      <span class="loading-mark" aria-hidden="true" />
      Loading {what}…
    </p>
  );
}
