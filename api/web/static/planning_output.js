// The view as a sheet (PDF, drawn by the server to a round scale), as a picture, on the printer, and as a link.
import { element } from "/static/element.js";
import { save } from "/static/planning_shares.js";
import { day, filled, number, refusal } from "/static/planning_words.js";

const SCALES = [500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000];
const form = document.getElementById("sheet");
const title = document.getElementById("sheet-title");
const paper = document.getElementById("sheet-paper");
const scale = document.getElementById("sheet-scale");
const status = document.getElementById("sheet-status");
const share = document.getElementById("share");
const INK = "#1f2a26";

export class Output {
  constructor(page) {
    Object.assign(this, page); // views, tree, days, filter, area, settings
    this.texts = page.settings.texts;
    for (const one of SCALES) scale.append(element("option", { value: one }, `1:${number(one, 0)}`));
    form.addEventListener("submit", (event) => this.#sheet(event));
    document.getElementById("picture").addEventListener("click", () => this.#picture());
    document.getElementById("print").addEventListener("click", () => print());
    document.getElementById("share-copy").addEventListener("click", () => this.#copy());
    addEventListener("beforeprint", () => this.#facts());
  }

  show() {
    share.value = location.href;
    if (this.area.tooLargeToKeep) status.textContent = this.texts.share_without_area;
  }

  #question() {
    const { lng, lat } = this.views.main.getCenter();
    const layers = this.tree.shown().filter((id) => this.settings.layers.find((one) => one.id === id && "validity" in one));
    const fades = Object.entries(this.tree.fades()).map(([id, percent]) => `${id}:${percent}`).join(",");
    const parts = {
      lon: lng.toFixed(7), lat: lat.toFixed(7), scale: scale.value || this.#fitting(), paper: paper.value, layers: layers.join(","), opacity: fades,
      day: this.days.day, title: title.value.trim(), area: this.area.kept(), lang: document.documentElement.lang,
      "filter-layer": this.filter.condition ? this.filter.layer : "", filter: this.filter.condition, view: location.hash.slice(1).length < 2000 ? location.hash.slice(1) : "",
    };
    return new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ""));
  }

  // The first round scale at which the sheet holds the whole view.
  #fitting() {
    const [[west, south], [east, north]] = this.views.main.getBounds().toArray();
    const [width, height] = this.settings.papers[paper.value];
    const metre = 111_320;
    const needed = Math.max(((east - west) * metre * Math.cos((south * Math.PI) / 180)) / width, ((north - south) * metre) / height) * 1000;
    const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10];
    const power = 10 ** Math.floor(Math.log10(needed));
    return Math.min(1_000_000, Math.max(100, steps.find((one) => one * power >= needed) * power));
  }

  async #sheet(event) {
    event.preventDefault();
    status.textContent = this.texts.sheet_making;
    const answer = await fetch(`/planning/map.pdf?${this.#question()}`).catch(() => null);
    if (!answer?.ok) {
      status.textContent = await refusal(answer, this.texts.offline);
      return;
    }
    save(await answer.blob(), `ban-do-quy-hoach-${this.days.day}.pdf`);
    status.textContent = this.texts.sheet_done;
  }

  // The pixels of the map are there only while it draws.
  #picture() {
    const { main } = this.views;
    main.once("render", () => {
      const canvas = framed(main.getCanvas(), this.#lines(), this.#bar());
      canvas.toBlob((blob) => {
        save(blob, `ban-do-quy-hoach-${this.days.day}.png`);
        status.textContent = this.texts.picture_done;
      });
    });
    main.triggerRepaint();
  }

  #lines() {
    const filter = this.filter.condition ? ` · ${this.texts.filtered}` : "";
    return [
      `${title.value.trim() || this.texts.sheet_title} · ${filled(this.texts.as_of, { day: day(this.days.day) })}${filter}`,
      [this.settings.attribution, this.texts.legal].filter(Boolean).join(" · "),
    ];
  }

  // The scale at the middle of the view: metres of the bar and its length in pixels of the canvas.
  #bar() {
    const { main } = this.views;
    const { lat } = main.getCenter();
    const ratio = main.getCanvas().width / main.getCanvas().clientWidth;
    const metresPerPixel = (40075016.7 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** main.getZoom()) / ratio;
    const longest = main.getCanvas().width * 0.2 * metresPerPixel;
    const power = 10 ** Math.floor(Math.log10(longest));
    const metres = [5, 2, 1].find((one) => one * power <= longest) * power;
    return { metres, pixels: metres / metresPerPixel, ratio, bearing: main.getBearing() };
  }

  #facts() {
    document.getElementById("print-facts").textContent = `${this.#lines()[0]} · ${location.href}`;
  }

  async #copy() {
    this.show();
    share.select();
    await navigator.clipboard?.writeText(share.value).catch(() => null);
    status.textContent = this.texts.share_copied;
  }
}

// The map's pixels over a strip with what a picture must tell when it has left the page.
function framed(map, lines, bar) {
  const { ratio } = bar;
  const strip = 62 * ratio;
  const canvas = element("canvas", { width: map.width, height: map.height + strip });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(map, 0, 0);
  pen.fillStyle = pen.strokeStyle = INK;
  pen.font = `bold ${14 * ratio}px "Noto Sans"`;
  pen.fillText(lines[0], 12 * ratio, map.height + 22 * ratio, canvas.width - bar.pixels - 90 * ratio);
  pen.font = `${11 * ratio}px "Noto Sans"`;
  pen.fillText(lines[1], 12 * ratio, map.height + 46 * ratio, canvas.width - bar.pixels - 90 * ratio);
  const right = canvas.width - 56 * ratio;
  pen.fillRect(right - bar.pixels, map.height + 36 * ratio, bar.pixels, 4 * ratio);
  pen.textAlign = "center";
  pen.fillText(bar.metres >= 1000 ? `${bar.metres / 1000} km` : `${bar.metres} m`, right - bar.pixels / 2, map.height + 28 * ratio);
  pen.translate(canvas.width - 28 * ratio, map.height + 32 * ratio);
  pen.rotate((-bar.bearing * Math.PI) / 180);
  pen.beginPath();
  pen.moveTo(0, -18 * ratio);
  pen.lineTo(7 * ratio, 12 * ratio);
  pen.lineTo(0, 7 * ratio);
  pen.lineTo(-7 * ratio, 12 * ratio);
  pen.fill();
  return canvas;
}
