/* Counting values in bins, as zoo's histograms do. */

/** The bin of a value, -1 if it has none; the last holds its upper edge. `clamped`: first and last hold all beyond. */
export function bin(edges, value, clamped = false) {
  const last = edges.length - 2;
  if (!Number.isFinite(value)) return -1;
  if (!clamped && (value < edges[0] || value > edges[last + 1])) return -1;
  const above = edges.findIndex((edge) => edge > value);
  return above < 0 ? last : Math.max(above - 1, 0);
}

/** Neighbours put together, `factor` at a time. */
export function merged(counts, factor) {
  const found = [];
  for (let i = 0; i < counts.length; i += factor) found.push(counts.slice(i, i + factor).reduce((all, one) => all + one, 0));
  return found;
}

/** The edges of `merged` counts. */
export const mergedEdges = (edges, factor) => edges.filter((_, i) => i % factor === 0 || i === edges.length - 1);
