// Every screen: its name in the address, its title, the key after g, and the function that makes it.

import { breakdown } from "./screens/breakdown.js";
import { card } from "./screens/card.js";
import { compare } from "./screens/compare.js";
import { duplicates } from "./screens/duplicates.js";
import { health } from "./screens/health.js";
import { overlap } from "./screens/overlap.js";
import { signals } from "./screens/signals.js";
import { sql } from "./screens/sql.js";
import { why } from "./screens/why.js";
import { yields } from "./screens/yields.js";

export const SCREENS = [
  { name: "summary", title: "Summary", key: "h", show: () => [] },
  { name: "yield", title: "Yield", key: "y", show: yields },
  { name: "signals", title: "Signals", key: "s", show: signals },
  { name: "overlap", title: "Overlap", key: "o", show: overlap },
  { name: "why", title: "Why dropped", key: "w", show: why },
  { name: "duplicates", title: "Duplicates", key: "d", show: duplicates },
  { name: "breakdown", title: "Breakdown", key: "b", show: breakdown },
  { name: "compare", title: "Compare", key: "c", show: compare },
  { name: "health", title: "Health", key: "f", show: health },
  { name: "card", title: "Data card", key: "k", show: card },
  { name: "sql", title: "SQL", key: "q", show: sql, served: true },
];
