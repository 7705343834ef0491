// The fields of a filter, built from a layer's queryables: what each looks like, what it holds, and what it says in CQL2.
import { element } from "/static/element.js";

const LONG = 12; // choices from which on a list can be narrowed by typing
const MOST_REFERRED = 200; // features that are offered as choices of a reference

const quoted = (words) => `'${words.replaceAll("'", "''")}'`;
const instant = (day, plus = 0) => new Date(Date.parse(`${day}T00:00:00+07:00`) + plus * 864e5).toISOString().replace(".000", "");

const KINDS = {
  choice: {
    build: (field, texts) => choices(field, texts),
    read: (box) => [...box.querySelectorAll("input[name=choice]:checked")].map((one) => one.value),
    write: (box, kept) => box.querySelectorAll("input[name=choice]").forEach((one) => (one.checked = kept.includes(one.value))),
    empty: (kept) => !kept.length,
    say: (name, kept, field) => `${name} IN (${kept.map(field.numeric ? Number : quoted).join(", ")})`,
  },
  number: {
    ...between("number"),
    say: (name, [least, most]) => range(name, least && Number(least), most && Number(most)),
  },
  date: {
    ...between("date"),
    say: (name, [first, last]) => range(name, first && `DATE('${first}')`, last && `DATE('${last}')`),
  },
  moment: {
    ...between("date"),
    say: (name, [first, last]) => {
      const until = last && `${name} < TIMESTAMP('${instant(last, 1)}')`;
      return [range(name, first && `TIMESTAMP('${instant(first)}')`, ""), until].filter(Boolean).join(" AND ");
    },
  },
  boolean: {
    build: (field, texts) => {
      const options = [["", texts.any], ["TRUE", texts.yes], ["FALSE", texts.no]].map(([value, textContent]) => element("option", { value, textContent }));
      const select = element("select", { name: "value" }, ...options);
      select.setAttribute("aria-label", field.title);
      return [select];
    },
    read: (box) => box.querySelector("select").value,
    write: (box, kept) => (box.querySelector("select").value = kept),
    empty: (kept) => !kept,
    say: (name, kept) => `${name} = ${kept}`,
  },
  text: {
    build: (field, texts) => {
      const input = element("input", { type: "text", name: "value", maxLength: 200, placeholder: texts.contains });
      input.setAttribute("aria-label", `${field.title}: ${texts.contains}`);
      return [input];
    },
    read: (box) => box.querySelector("input").value.trim(),
    write: (box, kept) => (box.querySelector("input").value = kept),
    empty: (kept) => !kept,
    say: (name, kept) => `CASEI(ACCENTI(${name})) LIKE CASEI(ACCENTI(${quoted(`%${kept.replace(/[\\%_]/g, "\\$&")}%`)}))`,
  },
};

function range(name, least, most) {
  const parts = [];
  if (least !== "") parts.push(`${name} >= ${least}`);
  if (most !== "") parts.push(`${name} <= ${most}`);
  return parts.join(" AND ");
}

function between(type) {
  return {
    build: (field, texts) => [[texts.from, field.minimum], [texts.to, field.maximum]].map(([words], place) => {
      const input = element("input", { type, name: place ? "to" : "from" });
      if (type === "number") Object.assign(input, { step: "any", inputMode: "decimal", min: field.minimum ?? "", max: field.maximum ?? "" });
      return element("label", { className: "end" }, words, " ", input);
    }),
    read: (box) => [...box.querySelectorAll("input")].map((one) => one.value),
    write: (box, kept) => box.querySelectorAll("input").forEach((one, place) => (one.value = kept[place] ?? "")),
    empty: (kept) => kept.every((one) => !one),
  };
}

function choices(field, texts) {
  const labels = field.oneOf.map((one) => element("label", { className: "tick" }, element("input", { type: "checkbox", name: "choice", value: one.const }), ` ${one.title}`));
  const list = element("div", { className: "choices" }, ...labels);
  if (labels.length <= LONG) return [list];
  const narrow = element("input", { type: "search", placeholder: texts.narrow });
  narrow.setAttribute("aria-label", `${field.title}: ${texts.narrow}`);
  const folded = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  narrow.addEventListener("input", () => {
    const wanted = folded(narrow.value.trim());
    for (const label of labels) label.hidden = !folded(label.textContent).includes(wanted) && !label.firstChild.checked;
  });
  return [narrow, list];
}

function kindOf(field) {
  if (field.oneOf) return "choice";
  if (field.type === "boolean") return "boolean";
  if (field.type === "integer" || field.type === "number") return "number";
  if (field.format === "date") return "date";
  if (field.format === "date-time") return "moment";
  return field.type === "string" && !field.format ? "text" : null;
}

// The layer's fields that can be filtered by, in order, each `{name, title, kind, …}` from its JSON Schema.
export async function queryables(layer, layers) {
  const answer = await fetch(`/ogc/collections/${layer}/queryables?f=json&lang=${document.documentElement.lang}`);
  if (!answer.ok) throw new Error(`queryables: ${answer.status}`);
  const { properties } = await answer.json();
  const fields = Object.entries(properties).map(([name, schema]) => ({ name, ...schema }));
  await Promise.all(fields.map((field) => offerReferred(field, layers)));
  return fields.map((field) => ({ ...field, kind: kindOf(field) })).filter((field) => field.kind);
}

// A reference to a layer of few features is chosen by name.
async function offerReferred(field, layers) {
  const other = layers.find((one) => one.id === field["x-ogc-collectionId"]);
  if (!other?.display) return;
  const answer = await fetch(`/ogc/collections/${other.id}/items?f=json&skipGeometry=true&limit=${MOST_REFERRED + 1}&sortby=${other.display}`).catch(() => null);
  const features = answer?.ok ? (await answer.json()).features : [];
  if (!features.length || features.length > MOST_REFERRED) return;
  field.numeric = true;
  field.oneOf = features.map(({ id, properties: one }) => {
    const version = one.plan_version ? ` · ${one.plan_code} · ${one.plan_version}` : "";
    return { const: id, title: `${one[other.display] ?? id}${version}` };
  });
}

export class FieldBox {
  constructor(field, texts) {
    this.field = field;
    this.kind = KINDS[field.kind];
    const unit = field["x-ogc-unit"] ? ` (${field["x-ogc-unit"].replace("m2", "m²")})` : "";
    this.summary = element("summary", {}, `${field.title}${unit}`);
    this.box = element("details", { className: "filter-field" }, this.summary, ...this.kind.build(field, texts));
    this.box.dataset.field = field.name;
    this.box.addEventListener("change", () => this.#mark());
  }

  get value() {
    const value = this.kind.read(this.box);
    return this.kind.empty(value) ? null : value;
  }

  set value(kept) {
    this.kind.write(this.box, kept ?? (this.field.kind === "text" || this.field.kind === "boolean" ? "" : []));
    this.box.open = Boolean(kept);
    this.#mark();
  }

  get condition() {
    const { value } = this;
    return value === null ? "" : this.kind.say(`"${this.field.name}"`, value, this.field);
  }

  #mark() {
    this.box.classList.toggle("set", this.value !== null);
  }
}
