// Numbers, days and sentences as people here read them.
const language = document.documentElement.lang;
const numbers = new Map();

export function number(value, decimals = 2, least = 0) {
  const key = `${decimals}.${least}`;
  if (!numbers.has(key)) {
    numbers.set(key, new Intl.NumberFormat(language, { maximumFractionDigits: decimals, minimumFractionDigits: least, useGrouping: "always" }));
  }
  return numbers.get(key).format(value);
}

export function squareMetres(value) {
  return value >= 1e6 ? `${number(value / 1e6, 4)} km²` : `${number(value, value < 1e4 ? 2 : 0)} m²`;
}

export function metres(value) {
  return value >= 1e4 ? `${number(value / 1000, 3)} km` : `${number(value, 2)} m`;
}

// An ISO day as dd/MM/yyyy.
export function day(iso) {
  const [year, month, date] = iso.slice(0, 10).split("-");
  return `${date}/${month}/${year}`;
}

export function moment(iso) {
  return new Date(iso).toLocaleString("en-GB", { timeZone: "Asia/Ho_Chi_Minh", dateStyle: "short", timeStyle: "short" }).replace(",", "");
}

// The sentence of a refusal in the page's language; they come in both, the Vietnamese first.
export async function refusal(answer, otherwise) {
  const detail = await answer?.json().then((problem) => problem.detail, () => null);
  if (!detail) return otherwise;
  const [vietnamese, english] = detail.split(" · ");
  return (language === "en" && english) || vietnamese;
}

export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
