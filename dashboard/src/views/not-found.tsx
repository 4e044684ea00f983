export function NotFound() {
  return (
    <>
      <h1 tabIndex={-1}>There is no such page</h1>
      <p>
        It may have moved. <a href="#/">Go to the overview</a>
      </p>
    </>
  );
}
