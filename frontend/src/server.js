// The explorer's server: exact numbers over the full run. A report opened from disk has none.

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { ...options, credentials: "omit" });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error ?? answer.statusText);
  return found;
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "")).toString();

export const server = {
  count: (body) => ask("/api/count", body),
  border: (body) => ask("/api/border", body),
  search: (values) => ask(`/api/search?${query(values)}`),
  page: (id) => ask(`/api/page?${query({ id })}`),
  sql: (text) => ask("/api/sql", { query: text }),
};
