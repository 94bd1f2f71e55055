// Numbers as people read them; the same forms as in figures.py.

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export const count = (value) => GROUPED.format(value ?? 0);

export function percent(part, whole) {
  if (!whole) return "–";
  const value = (100 * part) / whole;
  if (value > 0 && value < 0.05) return "< 0.1 %";
  if (value >= 99.95 && value < 100) return "> 99.9 %";
  return `${value.toFixed(1)} %`;
}

/** A signal's value in few characters. */
export function measured(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "missing";
  if (value === 0 || (Math.abs(value) >= 1000 && Math.abs(value) < 1e7) || (Math.abs(value) < 1000 && Number.isInteger(value))) return GROUPED.format(value);
  return String(Number(value.toPrecision(4)));
}

/** A threshold, with every digit that counts. */
export const limit = (value) => (Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-6) ? String(value) : String(value));
