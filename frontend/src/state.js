// What is shown is in the address, so that a finding can be sent: #/signals?selection=…&limit.word_count=50..10000

export function read() {
  const hash = decodeURIComponentSafe(location.hash);
  if (!hash.startsWith("#/")) return { screen: "summary", anchor: hash.slice(1), parameters: {}, limits: {} };
  const [screen, query = ""] = location.hash.slice(2).split("?");
  const parameters = {};
  const limits = {};
  for (const [key, value] of new URLSearchParams(query)) {
    if (key.startsWith("limit.")) limits[key.slice(6)] = value;
    else parameters[key] = value;
  }
  return { screen, anchor: null, parameters, limits };
}

export function address(screen, parameters, limits) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined && value !== null && value !== "") query.set(key, value);
  for (const [key, value] of Object.entries(limits)) query.set(`limit.${key}`, value);
  const text = query.toString();
  return `#/${screen}${text ? `?${text}` : ""}`;
}

function decodeURIComponentSafe(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
